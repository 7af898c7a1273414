/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eventfd-leak [OPEN [CLOSE]]: at "go" opens that many eventfds, at "close" closes some
 * of them, and keeps the rest until "exit".
 */
#include "target.h"

int
main (int argc, char **argv)
{
  long opened = target_number (argc, argv, 1, 0, 1000);
  long closed = target_number (argc, argv, 2, 0, 0);
  int *files = target_file_array (opened);

  if (closed > opened)
    closed = opened;
  target_allow_files (opened);
  target_ready ();

  target_await ("go");
  target_open_eventfds (files, opened);
  target_tell ("opened", opened);
  target_at ("opened");

  target_await ("close");
  target_close_files (files, closed);
  target_tell ("closed", closed);
  target_tell ("held", opened - closed);
  target_at ("closed");

  target_await_exit ();
}
