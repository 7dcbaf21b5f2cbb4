#include "coordinator/consumer/lambda_event.h"

#include <fmt/format.h>

#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

// Nothing grows more than this when it is printed: the shortest attribute takes 2 bytes of an
// item's size and 18 of its JSON. The rest of a record takes less than kMostAround, the names in it
// apart.
constexpr std::size_t kMostGrowth = 12;
constexpr std::size_t kMostAround = 700;

std::string iso_milliseconds(WallTime time) {
  return to_iso8601(time, /*digits=*/3);
}

std::string iso_seconds(std::int64_t epoch_seconds) {
  return to_iso8601(WallTime{epoch_seconds * 1'000'000}, /*digits=*/0);
}

}  // namespace

void LambdaEventPrinter::append_record(std::string& out, const BufferedRecord& buffered) {
  const auto views = presenter_.present(buffered.record, keys_(buffered.record.key));
  for (const RecordView& view : views) {
    if (view.part == buffered.part) {
      append_record_json(out, view, context_, RecordForm::kLambdaEvent);
    }
  }
}

std::string LambdaEventPrinter::event(const MappingInvocation& invocation) {
  std::string out = R"({"Records":[)";
  for (std::size_t i = 0; i < invocation.batch.size; ++i) {
    if (i > 0) out += ',';
    append_record(out, invocation.batch[i]);
  }
  out += ']';
  if (invocation.window) {
    const WindowPart& window = *invocation.window;
    out += fmt::format(R"(,"window":{{"start":"{}","end":"{}"}},"state":{},"shardId":)",
                       iso_seconds(window.start_seconds), iso_seconds(window.end_seconds),
                       window.state);
    append_json_string(out, invocation.shard_id);
    out += R"(,"eventSourceARN":)";
    append_json_string(out, context_.stream_arn);
    out += fmt::format(R"(,"isFinalInvokeForWindow":{},"isWindowTerminatedEarly":{})", window.final,
                       window.terminated_early);
  }
  out += '}';
  return out;
}

std::size_t LambdaEventPrinter::fitting(const BatchView& batch) {
  const std::size_t names = context_.stream_arn.size() + 3 * context_.region.size();
  std::size_t most = 0;
  for (std::size_t i = 0; i < batch.size; ++i) {
    most += kMostGrowth * batch[i].size_bytes + kMostAround + names;
  }
  if (most <= kEventBytesMax) return batch.size;
  std::string text;
  std::size_t bytes = std::string_view{R"({"Records":[]})"}.size();
  for (std::size_t i = 0; i < batch.size; ++i) {
    text.clear();
    append_record(text, batch[i]);
    bytes += text.size() + 1;
    if (bytes > kEventBytesMax) return i == 0 ? 1 : i;
  }
  return batch.size;
}

std::string destination_message(const GivenUpBatch& given_up, const MappingInvocation& last,
                                std::string_view payload) {
  const BufferedRecord& first = last.batch[0];
  const BufferedRecord& newest = last.batch[last.batch.size - 1];
  std::string out = fmt::format(R"({{"requestContext":{{"requestId":"{}","functionArn":)"
                                R"("arn:aws:lambda:{}:000000000000:function:{}","condition":"{}",)"
                                R"("approximateInvokeCount":{}}})",
                                given_up.request_id, given_up.region, given_up.function_name,
                                to_text(given_up.reason), last.attempt);
  if (last.attempt > 0) {
    out += fmt::format(
        R"(,"responseContext":{{"statusCode":200,"executedVersion":"$LATEST","functionError":{}}})",
        given_up.function_error ? R"("Unhandled")" : "null");
  }
  out += fmt::format(
      R"(,"version":"1.0","timestamp":"{}","DDBStreamBatchInfo":{{"shardId":"{}",)"
      R"("startSequenceNumber":"{}","endSequenceNumber":"{}",)"
      R"("approximateArrivalOfFirstRecord":"{}","approximateArrivalOfLastRecord":"{}",)"
      R"("batchSize":{},"streamArn":"{}"}})",
      iso_milliseconds(given_up.at), last.shard_id, given_up.start_sequence_number,
      given_up.end_sequence_number, iso_seconds(first.record.created_at.us / 1'000'000),
      iso_seconds(newest.record.created_at.us / 1'000'000), last.batch.size, given_up.stream_arn);
  if (!payload.empty()) {
    out += R"(,"payload":)";
    append_json_string(out, payload);
  }
  out += '}';
  return out;
}

}  // namespace gtsim
