#include "coordinator/handler/batch_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "coordinator/handler/json_parse.h"
#include "coordinator/handler/reply.h"
#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

namespace json = boost::json;

BatchOutcome fail_all(std::string why) {
  return {BatchOutcome::Kind::kFailAll, 0, std::move(why)};
}

// Decimal digits of any length: 21 to 40 of them do not fit an integer.
bool less_as_numbers(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// The text of the identifier, or why there is none.
std::optional<std::string_view> identifier_of(const json::value& failure, std::string& why) {
  const json::object* members = failure.if_object();
  if (members == nullptr) {
    why = "an element of batchItemFailures is not an object";
    return std::nullopt;
  }
  const json::value* identifier = members->if_contains("itemIdentifier");
  if (identifier == nullptr) {
    why = "an element of batchItemFailures has no itemIdentifier";
  } else if (identifier->is_null()) {
    why = "an itemIdentifier is null";
  } else if (!identifier->is_string()) {
    why = "an itemIdentifier is not a string";
  } else if (identifier->get_string().empty()) {
    why = "an itemIdentifier is empty";
  } else {
    return std::string_view(identifier->get_string());
  }
  return std::nullopt;
}

BatchOutcome read_failures(const json::array& failures,
                           std::span<const std::string_view> sequence_numbers) {
  std::optional<std::size_t> lowest;
  for (const json::value& failure : failures) {
    std::string why;
    const auto identifier = identifier_of(failure, why);
    if (!identifier) return fail_all(std::move(why));
    const auto found = std::find(sequence_numbers.begin(), sequence_numbers.end(), *identifier);
    if (found == sequence_numbers.end()) {
      return fail_all(
          fmt::format("no record of the batch has the itemIdentifier {}", quoted(*identifier)));
    }
    const auto index = static_cast<std::size_t>(found - sequence_numbers.begin());
    const bool lower = !lowest || less_as_numbers(*found, sequence_numbers[*lowest]);
    if (lower || broken(Mutant::kPartialIgnoresLower)) lowest = index;
  }
  if (!lowest) return {};
  return {BatchOutcome::Kind::kFailFrom, *lowest, {}};
}

}  // namespace

BatchOutcome read_batch_response(std::string_view response_json,
                                 std::span<const std::string_view> sequence_numbers) {
  json::error_code fault;
  const json::value response = parse_json(response_json, fault);
  if (fault) return fail_all(fmt::format("the response is not JSON: {}", quoted(response_json)));
  if (response.is_null()) return {};
  if (response.is_array() && response.get_array().empty()) return {};
  const json::object* members = response.if_object();
  if (members == nullptr) {
    return fail_all(fmt::format("the response is not an object: {}", quoted(response_json)));
  }
  const json::value* failures = members->if_contains("batchItemFailures");
  if (failures == nullptr || failures->is_null()) return {};
  if (!failures->is_array()) return fail_all("batchItemFailures is not a list");
  return read_failures(failures->get_array(), sequence_numbers);
}

WindowState tumbling_state(std::string_view response_json) {
  const auto missing = [](std::string why) {
    return WindowState{WindowState::Kind::kMissing, {}, std::move(why)};
  };
  json::error_code fault;
  const json::value response = parse_json(response_json, fault);
  if (fault) return missing(fmt::format("the response is not JSON: {}", quoted(response_json)));
  const json::object* members = response.if_object();
  const json::value* state = members == nullptr ? nullptr : members->if_contains("state");
  if (state == nullptr) return missing("the response has no member `state`");
  if (!state->is_object()) return missing("`state` is not an object");
  std::string text = json::serialize(*state);
  if (text.size() > kWindowStateBytesMax) {
    return {WindowState::Kind::kTooLarge,
            {},
            fmt::format("`state` has {} bytes, more than {}", text.size(), kWindowStateBytesMax)};
  }
  return {WindowState::Kind::kState, std::move(text), {}};
}

}  // namespace gtsim
