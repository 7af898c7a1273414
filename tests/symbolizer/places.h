/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct place {
	void *address;
	/* The innermost function's first. */
	unsigned lines[3];
};

void find_inlined_place(struct place *place);
void find_places(struct place *inlined, struct place *hidden);
