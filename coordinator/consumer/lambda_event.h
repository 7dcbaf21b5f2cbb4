// Batches as Lambda hands them to a function, and what becomes of those that were given up.
// Sources: Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB" (example event),
// "Implementing stateful processing" (members of a tumbling window), "Retain discarded records".
#pragma once

#include <string>
#include <string_view>

#include "coordinator/consumer/mapping_io.h"
#include "region-node/stream/record_json.h"

namespace gtsim {

// The limit of an invocation's payload.
inline constexpr std::size_t kEventBytesMax = 6 * 1024 * 1024;

// Prints the records of one stream. Borrows everything.
class LambdaEventPrinter {
 public:
  using Keys = std::function<std::string_view(KeyId)>;
  LambdaEventPrinter(RecordContext context, RecordPresenter& presenter, Keys keys)
      : context_(context), presenter_(presenter), keys_(std::move(keys)) {}

  // {"Records":[...]}, in a tumbling window with its further members.
  [[nodiscard]] std::string event(const MappingInvocation& invocation);
  // One record of a batch, without a line end.
  void append_record(std::string& out, const BufferedRecord& buffered);
  // How many of the first records make an event of at most 6 MB; at least one.
  [[nodiscard]] std::size_t fitting(const BatchView& batch);

 private:
  RecordContext context_;
  RecordPresenter& presenter_;
  Keys keys_;
};

struct GivenUpBatch {
  std::string_view function_name;
  std::string_view region;
  std::string_view stream_arn;
  std::string request_id;  // UUID
  GiveUpReason reason = GiveUpReason::kRetryAttemptsExhausted;
  bool function_error = false;
  WallTime at;
  std::string start_sequence_number;
  std::string end_sequence_number;
};

// What a queue or topic gets: a pointer to the records. A bucket also gets `payload`, the event as
// escaped text. One line without a line end. `payload`: the event, or empty.
[[nodiscard]] std::string destination_message(const GivenUpBatch& given_up,
                                              const MappingInvocation& last,
                                              std::string_view payload);

}  // namespace gtsim
