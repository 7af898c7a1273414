/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are damaged in ways that fool readers. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * damage_elf:
 * @bytes: an ELF file.
 *
 * Damages it: the header, the tables of segments and sections, one section, or anything; with extreme numbers, bits that are turned, parts
 * that change places, or a shorter file.
 */
void damage_elf (GByteArray *bytes,
                 GRand      *random);

/* Returns: a descriptor of a file with @bytes. */
int  damage_to_file (const GByteArray *bytes);

G_END_DECLS
