// What a function's return value means for its batch when the mapping reports batch item failures.
// Source: Lambda developer guide, "Configuring partial batch response with DynamoDB and Lambda".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gtsim {

struct BatchOutcome {
  enum class Kind : std::uint8_t {
    kSuccess,   // the whole batch is done
    kFailFrom,  // the records before `index` are done; `index` and all after it come again
    kFailAll,   // the whole batch comes again
  };
  Kind kind = Kind::kSuccess;
  std::size_t index = 0;  // kFailFrom: position in the batch
  std::string why;        // kFailAll: what of the response says so
};

// `sequence_numbers` of the batch's records, in its order. Of several identifiers the lowest
// sequence number counts. An identifier that is empty, null, missing or of no record of the batch
// fails the whole batch, as does a response that is no object; the guide leaves open what becomes
// of a string or a number.
[[nodiscard]] BatchOutcome read_batch_response(std::string_view response_json,
                                               std::span<const std::string_view> sequence_numbers);

// What a function of a tumbling window hands on to its next invocation.
// Source: Lambda developer guide, "Implementing stateful DynamoDB stream processing in Lambda".
struct WindowState {
  enum class Kind : std::uint8_t {
    kState,
    kTooLarge,  // over 1 MB: the window ends early
    kMissing,   // a response without an object `state`: the invocation failed
  };
  Kind kind = Kind::kState;
  std::string state;  // kState: JSON text of an object
  std::string why;    // else
};
inline constexpr std::size_t kWindowStateBytesMax = 1'000'000;

[[nodiscard]] WindowState tumbling_state(std::string_view response_json);

}  // namespace gtsim
