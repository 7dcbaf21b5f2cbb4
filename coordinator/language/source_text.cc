#include "coordinator/language/source_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "coordinator/language/reader.h"
#include "region-node/file/owned_file.h"
#include "region-node/file/read_file.h"
#include "region-node/item/utf8.h"

namespace gtsim::language {
namespace {

// Five signs for each node that a file may have is more than any honest file needs.
constexpr std::size_t kMaxPunctuation = 5 * kMaxNodes;

TreeError too_large() {
  return {{1, 1}, fmt::format("the file is larger than {} MiB", kMaxScenarioBytes >> 20)};
}

int column_of(std::string_view text, std::size_t at) {
  const std::size_t start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 == 0
  int column = 1;
  for (std::size_t i = start; i < at; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++column;
  }
  return column;
}

TreeError error_at(std::string_view text, std::size_t at, std::string message) {
  const auto newlines = std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
  return {{static_cast<int>(newlines) + 1, column_of(text, at)}, std::move(message)};
}

bool is_punctuation(char c) {
  return std::strchr("[]{},:?\"'&*!|>%@", c) != nullptr && c != '\0';
}

// The first line that is not UTF-8; the whole text is known not to be.
std::optional<TreeError> find_invalid_utf8(std::string_view text) {
  std::size_t start = 0;
  int line = 1;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (!is_valid_utf8(text.substr(start, end - start))) {
      // Lines are cut at the first byte from which no prefix is valid, which is slow but rare.
      std::size_t good = 0;
      for (std::size_t length = 1; length <= std::min<std::size_t>(end - start, 4096); ++length) {
        if (is_valid_utf8(text.substr(start, length))) good = length;
      }
      return TreeError{{line, column_of(text, start + good)},
                       fmt::format("byte 0x{:02x} is not valid UTF-8; save the file as UTF-8",
                                   static_cast<unsigned char>(text[start + good]))};
    }
    start = end + 1;
    ++line;
  }
  return std::nullopt;
}

}  // namespace

std::variant<std::string, TreeError> read_source(const std::string& path) {
  auto text = read_file(path, kMaxScenarioBytes);
  if (text) return std::move(*text);
  const Error& error = text.error();
  return TreeError{
      {0, 0}, error.code == Errc::kIo ? "cannot open the file: " + error.detail : error.detail};
}

std::optional<TreeError> check_text(std::string_view text) {
  if (text.size() > kMaxScenarioBytes) return too_large();
  if (text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE")) {
    return TreeError{{1, 1}, "the file is UTF-16; save it as UTF-8"};
  }
  std::size_t punctuation = 0;
  bool in_indentation = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\0') return error_at(text, i, "a NUL byte; a scenario is a text file");
    if (c == '\n') {
      in_indentation = true;
      continue;
    }
    if (c == '\t' && in_indentation) {
      return error_at(text, i, "a tab indents this line; expected spaces");
    }
    const bool line_end = c == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if ((byte < 0x20 && c != '\t' && !line_end) || byte == 0x7F) {
      return error_at(text, i, fmt::format("control character 0x{:02x}", byte));
    }
    if (c != ' ') in_indentation = false;
    if (is_punctuation(c) && ++punctuation > kMaxPunctuation) {
      return error_at(text, i, fmt::format("more than {} values", kMaxNodes));
    }
  }
  if (!is_valid_utf8(text)) return find_invalid_utf8(text);
  return std::nullopt;
}

std::string leading_comment(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string out;
  bool started = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() && !started) continue;
    if (!line.starts_with('#')) break;
    started = true;
    line.remove_prefix(1);
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (line.starts_with("yaml-language-server:")) continue;
    out += line;
    out += '\n';
  }
  const auto is_space = [](char c) { return c == '\n' || c == ' '; };
  while (!out.empty() && is_space(out.back())) out.pop_back();
  out.erase(0, out.find_first_not_of('\n') == std::string::npos ? 0 : out.find_first_not_of('\n'));
  return out;
}

std::string file_stem(std::string_view path) {
  path.remove_prefix(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  const std::size_t dot = path.rfind('.');
  if (dot != std::string_view::npos && dot > 0) path = path.substr(0, dot);
  return path.empty() ? "scenario" : std::string(path);
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string resolve(const std::string& folder, const std::string& name) {
  if (name.starts_with('/') || folder == ".") return name;
  return folder.ends_with('/') ? folder + name : folder + '/' + name;
}

std::optional<std::string> why_unreadable(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::string(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return "it is a folder";
  if (!S_ISREG(status.st_mode)) return "it is not an ordinary file";
  const OwnedFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::string(std::strerror(errno));
  return std::nullopt;
}

}  // namespace gtsim::language
