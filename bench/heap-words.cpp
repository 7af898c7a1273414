/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For heap-stacks: containers of the C++ library, filled with made-up words. Every allocation
 * passes through an operator new of its own, since that of the library has no frame pointers.
 */
#include <cstddef>
#include <cstdlib>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

static unsigned seed = 1;

static unsigned
choose (unsigned count)
{
  seed = seed * 1664525 + 1013904223;
  return (seed >> 8) % count;
}

/* Not inlined: it would be a mismatch to the compiler. */
__attribute__ ((noinline)) void *
operator new (std::size_t size)
{
  void *block = std::malloc (size);

  if (block == nullptr)
    throw std::bad_alloc ();
  return block;
}

__attribute__ ((noinline)) void
operator delete (void *block) noexcept
{
  std::free (block);
}

__attribute__ ((noinline)) void
operator delete (void *block, std::size_t) noexcept
{
  std::free (block);
}

using Words = std::vector<std::string>;
using Index = std::map<std::string, std::vector<unsigned> >;

static std::string
make_word ()
{
  std::string word;

  for (unsigned i = 4 + choose (30); i > 0; i--)
    word += static_cast<char> ('a' + choose (8));
  return word;
}

static Words
make_words (unsigned count)
{
  Words words;

  while (count-- > 0)
    words.push_back (make_word ());
  return words;
}

static Index
index_words (const Words &words)
{
  Index index;

  for (unsigned i = 0; i < words.size (); i++)
    index[words[i].substr (0, 3)].push_back (i);
  return index;
}

struct Node
{
  std::string name;
  std::list<std::unique_ptr<Node> > children;
};

static std::unique_ptr<Node>
grow_tree (unsigned depth)
{
  auto node = std::make_unique<Node> ();

  node->name = make_word ();
  for (unsigned i = depth > 0 ? 1 + choose (3) : 0; i > 0; i--)
    node->children.push_back (grow_tree (depth - 1));
  return node;
}

static std::unordered_map<std::string, Words>
group_words (const Words &words)
{
  std::unordered_map<std::string, Words> groups;

  for (const auto &word : words)
    groups[word.substr (0, 2)].push_back (word + "-" + word);
  return groups;
}

int
main ()
{
  std::vector<std::unique_ptr<Node> > kept;

  for (int i = 0; i < 300; i++)
    {
      Words words = make_words (200);
      Index index = index_words (words);
      auto groups = group_words (words);

      kept.push_back (grow_tree (7));
      if (kept.size () > 50)
        kept.erase (kept.begin () + choose (50));
    }
  return 0;
}
