/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding call stacks that have the same return address at the same height, and telling them apart.
 */
#ifndef MEMSNOOP_HEAP_OUTER_BPF_H
#define MEMSNOOP_HEAP_OUTER_BPF_H

/* By the numbers of contexts. Only the service writes them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct memsnoop_heap_outer);
} outer_frames SEC(".maps");

/* Whether the outer frames return to where they did when the context's stack was unwound, as far as
 * can be told. Not static, so that the verifier looks at it once. */
__noinline int is_same_stack(__u32 index, __u64 stack)
{
	struct memsnoop_heap_outer *outer = bpf_map_lookup_elem(&outer_frames, &index);
	__u64 hash = 0, address = 0;

	if (!outer)
		return true;
	for (int i = 0; i < MEMSNOOP_HEAP_OUTER_SLOTS && outer->slots[i]; i++) {
		if (bpf_probe_read_user(&address, sizeof(address),
					(void *)(stack + 8ULL * outer->slots[i])))
			return true;
		hash = MEMSNOOP_HEAP_OUTER_HASH(hash, address);
	}
	return hash == outer->hash;
}

static __always_inline bool is_to_be_checked(struct memsnoop_heap_context *context)
{
	__u8 check = context->check;

	if (check == MEMSNOOP_HEAP_CHECK_SOME)
		return bpf_get_prandom_u32() % MEMSNOOP_HEAP_CHECK_SHARE == 0;
	if (check == MEMSNOOP_HEAP_CHECK_NEVER)
		return false;
	if (check != MEMSNOOP_HEAP_CHECK_ALL)
		context->check = check - 1;
	return true;
}

static __always_inline __u64 chain_key(__u64 key, __u32 place)
{
	key = (key ^ place * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
	return (key ^ key >> 33) | 1;
}

/* The context in the chain of this one that the stack belongs to; a new one when it is in none. The
 * last may not be unwound yet. */
__noinline int follow_chain(__u32 first, __u64 stack)
{
	struct memsnoop_heap_context *context = context_at(first), *other;
	__u32 index;

	if (!context)
		return first;
	/* From now on all of them. */
	context->check = MEMSNOOP_HEAP_CHECK_ALL;
	for (int place = 1; place <= MEMSNOOP_HEAP_COLLISIONS_MAX; place++) {
		index = add_context(chain_key(context->key, place), context->return_address,
				    context->height, context->is_mapping);
		other = context_at(index);
		if (!other || index == MEMSNOOP_HEAP_CONTEXT_UNKNOWN)
			return MEMSNOOP_HEAP_CONTEXT_UNKNOWN;
		if (!other->captured)
			__sync_fetch_and_add(&process.collisions, 1);
		if (other->check == MEMSNOOP_HEAP_CHECK_NEVER || is_same_stack(index, stack))
			return index;
	}
	context->check = MEMSNOOP_HEAP_CHECK_NEVER;
	__sync_fetch_and_add(&process.unresolved_collisions, 1);
	return first;
}

/* Of a call that returns to the address with this stack pointer. */
static __always_inline __u32 context_of(__u64 return_address, __u64 base, __u64 stack,
					bool is_mapping)
{
	__u32 index = find_context(return_address, stack_height(base, stack), is_mapping);
	struct memsnoop_heap_context *context = context_at(index);

	if (context && is_to_be_checked(context) && !is_same_stack(index, stack))
		return follow_chain(index, stack);
	return index;
}

#endif
