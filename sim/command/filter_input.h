// From arguments of `gtsim filter` to a pattern and events, or to messages on standard error.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/pattern/event_pattern.h"
#include "coordinator/pattern/json_tree.h"

namespace gtsim {

// What an argument stands for: text that begins with a brace or bracket is the JSON itself, `-` is
// standard input, anything else a file.
struct FilterText {
  std::string name;  // for messages: "pattern.json", "pattern" when it was given as it is
  std::string text;
};
[[nodiscard]] std::optional<FilterText> read_filter_text(const std::string& argument,
                                                         std::string_view what);

// Parses and prints what is wrong; `warns`: also what is odd.
[[nodiscard]] std::optional<EventPattern> read_filter_pattern(const std::string& argument,
                                                              bool warns);
// "pattern.json:1:17: ...", with the line of the pattern, a mark, and the service's own words.
[[nodiscard]] std::string refusal_text(std::string_view name, std::string_view pattern,
                                       const PatternNote& error);
// The line of the text that a note is about, and a mark under the place.
[[nodiscard]] std::string quoted_line(std::string_view text, const PatternNote& note);

struct FilterEvent {
  std::string place;    // "events.jsonl:3"
  std::string summary;  // "INSERT {"PK":{"S":"a"}}"; empty when it is no record
  std::string text;     // in the form in which Lambda gets it
};

// Calls `visit` for each event of an argument; a record of GetRecords is turned into the form of
// Lambda. Prints what is wrong and returns false.
[[nodiscard]] bool read_filter_events(const std::string& argument,
                                      const std::function<void(const FilterEvent&)>& visit);

// The record as Lambda gets it: a record of GetRecords, which has no eventSourceARN, spells the
// members of userIdentity with capitals. `text` is what `event` was parsed from.
[[nodiscard]] std::string lambda_form(const pattern::JsonNode& event, std::string_view text);

}  // namespace gtsim
