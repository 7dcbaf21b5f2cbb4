// The source tree as tests see it: its text files, and C++ text with comments and literals taken
// out, cut into words. Knows just enough C++ to tell a name in code from a name in a sentence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtsim::source_tree {

struct File {
  std::string path;  // relative to the root, e.g. "region-node/item/number.h"
  std::string text;

  [[nodiscard]] bool is_cpp() const { return path.ends_with(".cc") || path.ends_with(".h"); }
  [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }
  [[nodiscard]] bool under(std::string_view folder) const { return path.starts_with(folder); }
};

// Every text file of the project, sorted by path; without build folders, runs and test data.
[[nodiscard]] std::vector<File> files();

// The text with comments and the contents of string and character literals turned into spaces, line
// by line as before.
[[nodiscard]] std::string code_only(std::string_view text);

struct Word {
  std::string_view text;  // an identifier, a number, "::", "->" or a single other character
  int line = 0;
};

// Views into `code`, which must outlive them.
[[nodiscard]] std::vector<Word> words(std::string_view code);

[[nodiscard]] bool is_identifier(std::string_view word);

struct Include {
  std::string target;  // between the quotes or the angle brackets
  int line = 0;
};

[[nodiscard]] std::vector<Include> includes(std::string_view text);

[[nodiscard]] std::vector<std::string_view> lines(std::string_view text);

}  // namespace gtsim::source_tree
