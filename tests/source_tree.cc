#include "tests/source_tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace gtsim::source_tree {
namespace {

namespace fs = std::filesystem;

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Built, run, or written to be read by a test: recorded, or wrong on purpose.
bool is_skipped_folder(const std::string& path, const std::string& name) {
  return name == ".git" || name == ".cache" || path == "runs" || name.starts_with("build") ||
         path == "tests/data" || path == "tests/broken" || path == "tests/fuzz/corpus";
}

bool is_text(const fs::path& path) {
  static constexpr std::array<std::string_view, 10> kSuffixes = {
      ".cc", ".h", ".md", ".txt", ".cmake", ".json", ".yaml", ".yml", ".sh", ".proto"};
  static constexpr std::array<std::string_view, 5> kNames = {"dev", "run", ".clang-tidy",
                                                             ".clang-format", ".gitignore"};
  const std::string suffix = path.extension().string();
  const std::string name = path.filename().string();
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end() ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Walks through C++ text and blanks what is not code.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    if (starts_with("//")) {
      blank_until(text_.find('\n', at_));
    } else if (starts_with("/*")) {
      blank_past("*/", 2);
    } else if (starts_with("R\"") && !follows_word()) {
      const std::size_t open = text_.find('(', at_);
      const std::string delimiter(text_.substr(at_ + 2, open - at_ - 2));
      blank_past(")" + delimiter + "\"", open - at_);
    } else if (text_[at_] == '"') {
      blank_literal('"');
    } else if (text_[at_] == '\'' && !follows_word()) {  // 1'000 is a number
      blank_literal('\'');
    } else {
      out_ += text_[at_++];
    }
  }

  [[nodiscard]] bool starts_with(std::string_view what) const {
    return text_.substr(at_).starts_with(what);
  }
  [[nodiscard]] bool follows_word() const { return at_ > 0 && is_word_character(text_[at_ - 1]); }

  void blank_until(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) out_ += text_[at_] == '\n' ? '\n' : ' ';
  }
  void blank_past(const std::string& close, std::size_t skip) {
    const std::size_t end = text_.find(close, at_ + skip);
    blank_until(end == std::string_view::npos ? end : end + close.size());
  }
  void blank_literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    blank_until(end + 1);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::vector<File> files() {
  const fs::path root = GTSIM_SOURCE_DIR;
  std::vector<File> found;
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string path = entry->path().lexically_relative(root).generic_string();
    if (entry->is_directory()) {
      if (is_skipped_folder(path, entry->path().filename().string())) {
        entry.disable_recursion_pending();
      }
    } else if (entry->is_regular_file() && is_text(entry->path())) {
      found.push_back({path, read(entry->path())});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return found;
}

std::string code_only(std::string_view text) {
  return Blanker(text).run();
}

std::vector<Word> words(std::string_view code) {
  std::vector<Word> found;
  int line = 1;
  std::size_t at = 0;
  while (at < code.size()) {
    const char c = code[at];
    if (c == '\n') ++line;
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
      continue;
    }
    std::size_t length = 1;
    if (is_word_character(c)) {
      while (at + length < code.size() && is_word_character(code[at + length])) ++length;
    } else if (code.substr(at, 2) == "::" || code.substr(at, 2) == "->") {
      length = 2;
    }
    found.push_back({code.substr(at, length), line});
    at += length;
  }
  return found;
}

bool is_identifier(std::string_view word) {
  return !word.empty() && is_word_character(word[0]) &&
         std::isdigit(static_cast<unsigned char>(word[0])) == 0;
}

std::vector<Include> includes(std::string_view text) {
  std::vector<Include> found;
  int number = 0;
  for (std::string_view line : lines(text)) {
    ++number;
    if (!line.starts_with("#")) continue;
    const std::size_t word = line.find("include");
    if (word == std::string_view::npos) continue;
    const std::size_t open = line.find_first_of("<\"", word);
    if (open == std::string_view::npos) continue;
    const std::size_t close = line.find_first_of(">\"", open + 1);
    found.push_back({std::string(line.substr(open + 1, close - open - 1)), number});
  }
  return found;
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    found.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return found;
}

}  // namespace gtsim::source_tree
