#include "sim/command/filter_input.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "coordinator/pattern/event_values.h"
#include "coordinator/pattern/pattern_text.h"
#include "region-node/file/read_file.h"

namespace gtsim {
namespace {

using pattern::JsonKind;
using pattern::JsonMember;
using pattern::JsonNode;

constexpr std::string_view kBlanks = " \t\r\n";

// Of a pattern, or of the events to try it on.
constexpr std::size_t kMostBytes = 256U << 20;

Result<std::string> read_argument(const std::string& path) {
  return path == "-" ? read_descriptor(STDIN_FILENO, kMostBytes) : read_file(path, kMostBytes);
}

std::string summarize(const JsonNode& event) {
  const JsonNode* const name = event.find("eventName");
  const JsonNode* const change = event.find("dynamodb");
  const JsonNode* const keys = change == nullptr ? nullptr : change->find("Keys");
  std::string out = name == nullptr ? "" : name->text;
  if (keys != nullptr) out += (out.empty() ? "" : " ") + pattern::compact(*keys);
  return out;
}

// The last line of a stream that a run folder does not hold in full.
bool is_truncation_mark(const JsonNode& event) {
  const JsonNode* const mark = event.find("event");
  return mark != nullptr && mark->text == "truncated" && event.find("after_lines") != nullptr;
}

// The records in a value: its Records, its elements, or itself.
std::vector<const JsonNode*> records_in(const JsonNode& value) {
  const JsonNode* list = value.kind == JsonKind::kArray ? &value : value.find("Records");
  std::vector<const JsonNode*> out;
  if (list == nullptr || list->kind != JsonKind::kArray) {
    out.push_back(&value);
    return out;
  }
  for (const JsonNode& element : list->elements) out.push_back(&element);
  return out;
}

// Counts lines from one offset to the next, so that a long file is not counted again and again.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  [[nodiscard]] std::size_t line_of(std::size_t offset) {
    if (offset < at_) {
      at_ = 0;
      line_ = 1;
    }
    const std::string_view between = text_.substr(at_, offset - at_);
    line_ += static_cast<std::size_t>(std::count(between.begin(), between.end(), '\n'));
    at_ = offset;
    return line_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

std::optional<FilterText> read_filter_text(const std::string& argument, std::string_view what) {
  const std::size_t first = argument.find_first_not_of(kBlanks);
  if (first != std::string::npos && (argument[first] == '{' || argument[first] == '[')) {
    return FilterText{std::string(what), argument};
  }
  auto text = read_argument(argument);
  if (!text) {
    fmt::print(stderr, "gtsim: {}: {}\n", argument, text.error().detail);
    return std::nullopt;
  }
  return FilterText{argument == "-" ? "standard input" : argument, std::move(*text)};
}

std::string quoted_line(std::string_view text, const PatternNote& note) {
  constexpr std::size_t kWidth = 90;
  const std::size_t begin = text.rfind('\n', note.offset == 0 ? 0 : note.offset - 1);
  const std::size_t from = note.offset == 0 || begin == std::string_view::npos ? 0 : begin + 1;
  std::string_view line = text.substr(from, text.find('\n', from) - from);
  std::size_t mark = note.column - 1;
  std::string cut;
  // Of a long line only what is around the place; cut where characters begin.
  if (line.size() > kWidth) {
    const std::size_t at = note.offset - from;
    std::size_t skip = at > kWidth / 2 ? at - kWidth / 2 : 0;
    while (skip < at && (static_cast<unsigned char>(line[skip]) & 0xC0) == 0x80) ++skip;
    const std::string_view before = line.substr(skip, at - skip);
    mark = static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
    if (skip != 0) {
      cut = "...";
      mark += cut.size();
    }
    std::size_t size = std::min(kWidth, line.size() - skip);
    while (skip + size < line.size() &&
           (static_cast<unsigned char>(line[skip + size]) & 0xC0) == 0x80) {
      ++size;
    }
    line = line.substr(skip, size);
  }
  return fmt::format("    {}{}\n    {}^\n", cut, line, std::string(mark, ' '));
}

std::string refusal_text(std::string_view name, std::string_view pattern,
                         const PatternNote& error) {
  std::string out = fmt::format("{}:{}\n", name, error.to_string());
  out += quoted_line(pattern, error);
  out += fmt::format("    Lambda says: {}\n", kPatternRefusal);
  if (!error.engine_text.empty()) {
    out += fmt::format("    the reference engine says: {}\n", error.engine_text);
  }
  return out;
}

std::optional<EventPattern> read_filter_pattern(const std::string& argument, bool warns) {
  const auto read = read_filter_text(argument, "pattern");
  if (!read) return std::nullopt;
  PatternResult parsed = EventPattern::parse(read->text);
  if (!parsed) {
    fmt::print(stderr, "{}", refusal_text(read->name, read->text, parsed.error()));
    return std::nullopt;
  }
  if (warns) {
    for (const PatternNote& warning : parsed->warnings()) {
      fmt::print(stderr, "{}:{} (warning)\n", read->name, warning.to_string());
    }
  }
  return std::move(*parsed);
}

std::string lambda_form(const JsonNode& event, std::string_view text) {
  std::string out(text.substr(event.offset, event.end - event.offset));
  const JsonNode* const identity = event.find("userIdentity");
  if (event.find("eventSourceARN") != nullptr || event.find("dynamodb") == nullptr ||
      identity == nullptr) {
    return out;
  }
  for (const JsonMember& member : identity->members) {
    if (member.name != "Type" && member.name != "PrincipalId") continue;
    char& initial = out[member.offset - event.offset + 1];
    if (initial == 'T') initial = 't';
    if (initial == 'P') initial = 'p';
  }
  return out;
}

bool read_filter_events(const std::string& argument,
                        const std::function<void(const FilterEvent&)>& visit) {
  const auto read = read_filter_text(argument, "event");
  if (!read) return false;
  const std::string_view text = read->text;
  LineCounter lines(text);
  std::size_t at = text.find_first_not_of(kBlanks);
  if (at == std::string_view::npos) {
    fmt::print(stderr, "{}: expected an event, found nothing\n", read->name);
    return false;
  }
  while (at < text.size()) {
    std::size_t end = 0;
    const auto value = pattern::parse_json_prefix(text.substr(at), end);
    if (!value) {
      fmt::print(stderr, "{}:{}: {}\n", read->name,
                 pattern::place_in(text, at + value.error().offset), value.error().message);
      return false;
    }
    for (const JsonNode* const record : records_in(*value)) {
      const std::size_t line = lines.line_of(at + record->offset);
      if (record->kind != JsonKind::kObject) {
        fmt::print(stderr, "{}:{}: expected an event, which is an object, found {}\n", read->name,
                   pattern::place_in(text, at + record->offset), pattern::describe_node(*record));
        return false;
      }
      if (is_truncation_mark(*record)) continue;
      visit({fmt::format("{}:{}", read->name, line), summarize(*record),
             lambda_form(*record, text.substr(at))});
    }
    at += end;
  }
  return true;
}

}  // namespace gtsim
