/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library to be loaded with dlopen(), built without frame pointers: calls through it of known
 * truth. */
#include "call-chain.h"

#include <alloca.h>
#include <string.h>

int library_enter (struct call_chain *chain, unsigned depth);

/* Its frame has a size that only its registers know. */
__attribute__ ((noinline)) static int
descend (struct call_chain *chain, unsigned depth)
{
  volatile char *room = alloca (16 + 24 * depth);

  CALL_CHAIN_ADD (chain);
  room[0] = (char) depth;
  if (depth == 0)
    chain->reached (chain->data);
  else
    room[1] = (char) descend (chain, depth - 1);
  return room[0] + chain->calls[0].address % 2 != 0;
}

__attribute__ ((noinline)) int
library_enter (struct call_chain *chain, unsigned depth)
{
  CALL_CHAIN_ADD (chain);
  return descend (chain, depth) + 1;
}
