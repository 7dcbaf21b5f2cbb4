#include "coordinator/pattern/case_fold.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "coordinator/pattern/case_fold_table.h"
#include "coordinator/pattern/json_lexer.h"

namespace gtsim::pattern {
namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Takes one code point off the front. REQUIRES: not empty, UTF-8.
std::uint32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::uint32_t point = lead < 0x80   ? lead
                        : lead < 0xE0 ? lead & 0x1FU
                        : lead < 0xF0 ? lead & 0x0FU
                                      : lead & 0x07U;
  text.remove_prefix(1);
  while (!text.empty() && continues(text.front())) {
    point = point << 6 | (static_cast<unsigned char>(text.front()) & 0x3FU);
    text.remove_prefix(1);
  }
  return point;
}

std::uint32_t folded_point(std::uint32_t point) {
  if (point < 0x80) return point >= 'A' && point <= 'Z' ? point + 32 : point;
  const auto* const row =
      std::partition_point(std::begin(kCaseFoldRanges), std::end(kCaseFoldRanges),
                           [&](const CaseFoldRange& range) { return range.last < point; });
  if (row == std::end(kCaseFoldRanges) || point < row->first) return point;
  if ((point - row->first) % row->stride != 0) return point;
  return point + static_cast<std::uint32_t>(row->delta);
}

// Takes `folded` off the front of `text`; false when it does not stand there.
bool take_folded(std::string_view& text, std::string_view folded) {
  while (!folded.empty()) {
    if (text.empty()) return false;
    if (folded_point(take_code_point(text)) != take_code_point(folded)) return false;
  }
  return true;
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string out;
  while (!text.empty()) append_code_point(out, folded_point(take_code_point(text)));
  return out;
}

bool equals_folded(std::string_view text, std::string_view folded) {
  return take_folded(text, folded) && text.empty();
}

bool starts_with_folded(std::string_view text, std::string_view folded) {
  return take_folded(text, folded);
}

bool ends_with_folded(std::string_view text, std::string_view folded) {
  // Both have the same number of code points, not of bytes.
  const auto points =
      std::count_if(folded.begin(), folded.end(), [](char c) { return !continues(c); });
  std::size_t from = text.size();
  for (auto left = points; left > 0; --left) {
    if (from == 0) return false;
    do {
      --from;
    } while (from > 0 && continues(text[from]));
  }
  return equals_folded(text.substr(from), folded);
}

}  // namespace gtsim::pattern
