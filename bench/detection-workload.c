/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detection-workload.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define TICK_DEFAULT 0.05
#define NAME_LENGTH 64

struct options
{
  double tick;
  uint64_t seed;
  uint64_t ticks;
};

static void
name_of (const struct workload *workload, char name[NAME_LENGTH])
{
  bool alone = workload->variant == NULL;

  snprintf (name, NAME_LENGTH, "%s%s%s", workload->kind, alone ? "" : "-",
            alone ? "" : workload->variant);
}

/* A row for each: name, kind, alarm (or -), whether it is steady, leak, leaks from, ticks. */
static void
print_table (void)
{
  for (size_t i = 0; i < detection_workloads_count; i++)
    {
      const struct workload *workload = &detection_workloads[i];
      char name[NAME_LENGTH];

      name_of (workload, name);
      printf ("%s\t%s\t%s\t%d\t%.0f\t%.0f\t%u\n", name, workload->kind,
              workload->alarm != NULL ? workload->alarm : "-", workload->steady, workload->leak,
              workload->leaks_from, workload->ticks);
    }
}

static const struct workload *
find_workload (const char *wanted)
{
  char name[NAME_LENGTH];

  for (size_t i = 0; i < detection_workloads_count; i++)
    {
      name_of (&detection_workloads[i], name);
      if (strcmp (name, wanted) == 0)
        return &detection_workloads[i];
    }
  return NULL;
}

static void
fail_usage (const char *problem, const char *value)
{
  fprintf (stderr,
           "detection-workload: %s '%s'\n"
           "usage: detection-workload NAME [--tick SECONDS] [--seed N] [--ticks N]\n"
           "       detection-workload --list\n",
           problem, value);
  exit (2);
}

static double
parse_number (const char *text)
{
  char *end;
  double number;

  errno = 0;
  number = strtod (text, &end);
  if (errno != 0 || end == text || *end != '\0' || !(number > 0) || number > 1e12)
    fail_usage ("a number greater than zero is needed, not", text);
  return number;
}

static void
parse_options (int argc, char **argv, struct options *options)
{
  static const struct option known[] = {
    { "tick", required_argument, NULL, 't' },
    { "seed", required_argument, NULL, 's' },
    { "ticks", required_argument, NULL, 'n' },
    { "list", no_argument, NULL, 'l' },
    { NULL, 0, NULL, 0 },
  };

  for (int option; (option = getopt_long (argc, argv, "", known, NULL)) != -1;)
    switch (option)
      {
      case 't':
        options->tick = parse_number (optarg);
        break;
      case 's':
        options->seed = (uint64_t) parse_number (optarg);
        break;
      case 'n':
        options->ticks = (uint64_t) parse_number (optarg);
        break;
      case 'l':
        print_table ();
        exit (0);
      default:
        fail_usage ("there is no option", argv[optind - 1]);
      }
}

/* Each workload has chance of its own from the same seed (FNV-1a). */
static uint64_t
mix_name (uint64_t seed, const char *name)
{
  uint64_t hash = UINT64_C (0xcbf29ce484222325) ^ seed;

  for (const char *at = name; *at != '\0'; at++)
    hash = (hash ^ (unsigned char) *at) * UINT64_C (0x100000001b3);
  return hash;
}

int
main (int argc, char **argv)
{
  struct options options = { .tick = TICK_DEFAULT, .seed = 1 };
  const struct workload *workload;
  struct run run;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  parse_options (argc, argv, &options);
  if (optind != argc - 1)
    fail_usage ("one name is needed, not", optind < argc ? argv[optind + 1] : "");
  workload = find_workload (argv[optind]);
  if (workload == NULL)
    fail_usage ("there is no workload", argv[optind]);
  run_begin (&run, &workload->parameters, options.tick,
             options.ticks > 0 ? options.ticks : workload->ticks,
             mix_name (options.seed, argv[optind]));
  workload->function (&run);
  return 0;
}
