// The value types of the language: each reads one scalar (or, for references, a name) and knows how
// to be described.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/language/binding.h"
#include "coordinator/language/text_forms.h"

namespace gtsim::language {

// --- time
[[nodiscard]] Type<Duration> duration();           // zero or longer
[[nodiscard]] Type<Duration> positive_duration();  // longer than zero
[[nodiscard]] Type<Duration> duration_of_at_least(Duration shortest);
[[nodiscard]] Type<Duration> signed_duration();
[[nodiscard]] Type<WallTime> wall_time();
[[nodiscard]] Type<DelayModel> delay();       // without `aws`
[[nodiscard]] Type<DelayModel> link_delay();  // `aws` needs regions whose round trips are known

// Whether the round trips between all regions are known; says so at the node when not.
[[nodiscard]] bool check_round_trips(ReadContext& context, const Node& node, std::string_view word);

// --- amounts
[[nodiscard]] Type<std::int64_t> whole_number(std::int64_t smallest, std::int64_t largest);
[[nodiscard]] Type<double> positive_number(double largest);
[[nodiscard]] Type<double> share();
[[nodiscard]] Type<double> drift();
[[nodiscard]] Type<double> rate();
[[nodiscard]] Type<std::int64_t> whole_rate();
[[nodiscard]] Type<std::optional<std::int64_t>> rate_or_unlimited();
[[nodiscard]] Type<std::int64_t> bandwidth();
[[nodiscard]] Type<std::pair<std::int64_t, std::int64_t>> size_range();
[[nodiscard]] Type<KeyDistribution> key_distribution();
[[nodiscard]] Type<Bound<std::int64_t>> count_bound();
[[nodiscard]] Type<Bound<Duration>> duration_bound();

// --- words
[[nodiscard]] Type<bool> boolean();
// One word or sentence without control characters.
[[nodiscard]] Type<std::string> text(std::string label, std::string expected,
                                     std::size_t longest = 1000);
[[nodiscard]] Type<std::string> attribute_name();
[[nodiscard]] Type<std::string> one_of_words(const std::vector<std::string>& words);
[[nodiscard]] Type<StreamViewType> view_type();
[[nodiscard]] Type<std::optional<StreamViewType>> view_type_or_off();
[[nodiscard]] Type<WriteOutcome> outcome();
[[nodiscard]] Type<std::string> step_outcome();  // a WriteOutcome or an OrderOutcome

template <class E>
[[nodiscard]] Type<E> keyword(const std::vector<std::pair<std::string, E>>& values) {
  std::vector<std::string> words;
  for (const auto& [word, value] : values) words.push_back(word);
  return mapped<E>(
      one_of_words(words),
      [values](std::string&& word) {
        for (const auto& [candidate, value] : values) {
          if (candidate == word) return value;
        }
        return E{};
      },
      [values](const E& meant) -> std::optional<std::string> {
        for (const auto& [word, value] : values) {
          if (value == meant) return word;
        }
        return std::nullopt;
      });
}

// --- names of the scenario
[[nodiscard]] Type<RegionId> region();
[[nodiscard]] Type<TableId> table();
// A region, a list of regions, or `all` (an empty result: what it covers depends on the table).
[[nodiscard]] Type<std::vector<RegionId>> regions_or_all();
// Nothing: none.
[[nodiscard]] Type<std::optional<std::vector<RegionId>>> regions_all_or_none();
[[nodiscard]] Type<std::vector<RegionId>> region_list();  // no region twice; ascending

// A name that the file gives: letters, digits, `-`, `_` and `.`, up to `longest`.
[[nodiscard]] bool check_given_name(ReadContext& context, SourcePosition position,
                                    std::string_view what, std::string_view name,
                                    std::size_t longest);

}  // namespace gtsim::language
