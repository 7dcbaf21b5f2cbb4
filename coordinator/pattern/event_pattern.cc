#include "coordinator/pattern/event_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "coordinator/pattern/pattern_compiler.h"
#include "coordinator/pattern/pattern_parser.h"
#include "region-node/base/check.h"

namespace gtsim {

void throw_exception_from_error(const PatternNote& note, const boost::source_location&) {
  throw std::runtime_error(note.to_string());
}

std::string PatternNote::to_string() const {
  return fmt::format("{}:{}: {}{}{}", line, column, path, path.empty() ? "" : ": ", message);
}

PatternNote EventPattern::note(std::size_t offset, std::string path, std::string message) const {
  PatternNote made;
  made.offset = offset;
  const std::string_view before = std::string_view{text_}.substr(0, offset);
  made.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  made.column = 1 + static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
                  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                }));
  made.path = std::move(path);
  made.message = std::move(message);
  return made;
}

PatternResult EventPattern::parse(std::string_view text) {
  EventPattern made;
  pattern::Parser parser(made);
  if (!parser.parse(text)) return parser.error();
  pattern::Compiler compiler(made);
  if (!compiler.compile()) {
    return made.note(0, {},
                     fmt::format("expected at most {} combinations of the branches of $or, found "
                                 "{}",
                                 kMaxPatternCombinations, compiler.combination_count()));
  }
  std::stable_sort(made.warnings_.begin(), made.warnings_.end(),
                   [](const PatternNote& a, const PatternNote& b) { return a.offset < b.offset; });
  return made;
}

void PatternSet::add(EventPattern pattern) {
  CHECK(size() < kMaxPatterns);
  patterns_.push_back(std::move(pattern));
}

}  // namespace gtsim
