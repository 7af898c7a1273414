/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which blocks a sampled recording keeps, and for how many each of them stands.
 *
 * As if marks lay along the bytes that a thread allocates, at random and sample_interval apart on
 * the average: a block with a mark on it is kept. So one of a size has the probability 1 - e^(-size
 * / interval), and stands for the inverse of that (as with tcmalloc, jemalloc and heapprofd). All
 * in fixed point: there are no floating-point numbers here, and the logarithm and the exponential
 * come from tables.
 */
#ifndef MEMSNOOP_HEAP_SAMPLE_BPF_H
#define MEMSNOOP_HEAP_SAMPLE_BPF_H

/* Bytes; 0: every block is kept. Set before the load, as are the tables. */
const volatile __u64 sample_interval;
const volatile __u32 logarithms[MEMSNOOP_HEAP_LOGARITHMS + 1];
const volatile __u32 weights[MEMSNOOP_HEAP_WEIGHTS + 1];

struct weight {
	__u64 bytes;
	/* In parts of MEMSNOOP_HEAP_COUNT_ONE. */
	__u64 count;
};

/* How many bytes from one mark to the next: exponentially distributed, and at least one. */
static __noinline __u64 next_mark(__u64 interval)
{
	__u32 random = bpf_get_prandom_u32() | 1, exponent = log2_of(random) & 31, low, index;
	__u64 fraction, negative_logarithm;

	/* random is 2^exponent times (1 + fraction), the fraction in 2^-32. */
	fraction = (__u64)random << (32 - exponent) & 0xffffffff;
	index = fraction >> 24;
	low = fraction & 0xffffff;
	if (index >= MEMSNOOP_HEAP_LOGARITHMS)
		return interval;
	fraction =
	    logarithms[index] + ((__u64)(logarithms[index + 1] - logarithms[index]) * low >> 24);
	negative_logarithm = (32ull << MEMSNOOP_HEAP_LOGARITHM_BITS) -
			     ((__u64)exponent << MEMSNOOP_HEAP_LOGARITHM_BITS) - fraction;
	/* From the base two to e: ln 2 in 2^-24. */
	negative_logarithm = negative_logarithm * 11629080 >> 24;
	return 1 + (interval * negative_logarithm >> MEMSNOOP_HEAP_LOGARITHM_BITS);
}

static __always_inline __u64 current_interval(void)
{
	return sample_interval << (process.interval_shift & MEMSNOOP_HEAP_MOST_SHIFT);
}

/* Whether a block of this size, the thread's next, is to be kept. */
static __always_inline bool is_sampled(__u64 *until_mark, __u64 size)
{
	if (!sample_interval)
		return true;
	if (!*until_mark)
		*until_mark = next_mark(current_interval());
	if (size < *until_mark) {
		*until_mark -= size;
		return false;
	}
	*until_mark = next_mark(current_interval());
	return true;
}

/* What a block stands for that was kept with this interval; its size is not 0 then. */
static __noinline int weigh_sample(__u64 size, __u64 interval, struct weight *weight)
{
	__u64 position, index, low, factor;

	if (!weight || !interval || !size)
		return 0;
	weight->bytes = size;
	weight->count = MEMSNOOP_HEAP_COUNT_ONE;
	if (size >= interval * MEMSNOOP_HEAP_WEIGHT_END)
		return 0;
	position = (size << 16) / interval;
	index = position / (MEMSNOOP_HEAP_WEIGHT_END * 65536 / MEMSNOOP_HEAP_WEIGHTS);
	low = position % (MEMSNOOP_HEAP_WEIGHT_END * 65536 / MEMSNOOP_HEAP_WEIGHTS);
	if (index >= MEMSNOOP_HEAP_WEIGHTS)
		return 0;
	factor = weights[index] + ((__u64)(weights[index + 1] - weights[index]) * low) /
				      (MEMSNOOP_HEAP_WEIGHT_END * 65536 / MEMSNOOP_HEAP_WEIGHTS);
	weight->bytes = interval * factor >> 16;
	weight->count = (weight->bytes * MEMSNOOP_HEAP_COUNT_ONE + size / 2) / size;
	return 0;
}

static __always_inline void weigh(__u64 size, __u32 interval_shift, struct weight *weight)
{
	weight->bytes = size;
	weight->count = MEMSNOOP_HEAP_COUNT_ONE;
	if (sample_interval)
		weigh_sample(size, sample_interval << (interval_shift & MEMSNOOP_HEAP_MOST_SHIFT),
			     weight);
}

#endif
