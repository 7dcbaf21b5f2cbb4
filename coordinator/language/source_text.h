// The bytes of a scenario file: getting them, and refusing what no YAML parser should be shown.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "coordinator/language/yaml_node.h"

namespace gtsim::language {

// What some editors put in front of UTF-8; it means nothing.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The file's bytes, or why they cannot be had (missing, a directory, no permission, too large).
[[nodiscard]] std::variant<std::string, TreeError> read_source(const std::string& path);

// Nothing when `text` is UTF-8 without control characters, not too large and its lines are indented
// with spaces; otherwise the first thing wrong. Also bounds the punctuation, since the YAML scanner
// keeps every token of a [...] in memory until the closing bracket.
[[nodiscard]] std::optional<TreeError> check_text(std::string_view text);

// The comment lines that open the file, without '#'. Lines for editors (`yaml-language-server:`)
// are left out.
[[nodiscard]] std::string leading_comment(std::string_view text);

// "orders" for "scenarios/orders.yaml"; "." for a path without folder.
[[nodiscard]] std::string file_stem(std::string_view path);
[[nodiscard]] std::string folder_of(std::string_view path);
// `name` as seen from `folder`; absolute names stay as they are.
[[nodiscard]] std::string resolve(const std::string& folder, const std::string& name);

// Why the file cannot be read ("no such file"), or nothing when it is an ordinary, readable file.
[[nodiscard]] std::optional<std::string> why_unreadable(const std::string& path);

}  // namespace gtsim::language
