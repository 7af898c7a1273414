/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the live tables have in common: those of kernel memory and of heaps, which differ
 * in what they keep of a block.
 *
 * Buckets of seven blocks. The addresses of a bucket fill one cache line
 * together with the number of blocks whose home this bucket is but that live
 * elsewhere because it was full. So an allocation or a free normally touches
 * one line of addresses and one of values, and takes no lock: one address is
 * never allocated twice at the same time, so a slot, once claimed with a
 * compare-and-exchange, has one writer.
 */
#ifndef MEMSNOOP_LIVE_TABLE_LAYOUT_H
#define MEMSNOOP_LIVE_TABLE_LAYOUT_H

#define MEMSNOOP_CACHE_LINE 64

#define MEMSNOOP_BUCKET_SLOTS 7
/* How many buckets a block may live in: its home and the ones that follow in
 * its probe sequence. A bucket is full with probability 0.27 when three
 * quarters of all slots are taken; then a table with sixteen refuses less than
 * one block in a billion, and with eight it would be one in 30,000. */
#define MEMSNOOP_BUCKET_PROBES 16

/* An address of 0 is a free slot. While a slot is being filled or emptied the lowest
 * bit of its address is set: blocks lie at multiples of eight. */
#define MEMSNOOP_SLOT_CLAIMED 1

#endif
