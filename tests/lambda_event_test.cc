// What a function is handed, and what the on-failure destination is told.
#include "coordinator/consumer/lambda_event.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

const std::vector<std::string> kRegions = {"eu-west-1", "us-east-1"};

class LambdaEvents : public testing::Test {
 protected:
  static StreamOptions options() {
    StreamOptions options;
    options.label = "2026-01-01T00:00:00.000";
    options.salt = 5;
    return options;
  }

  void add(std::uint64_t number, const std::string& payload) {
    BufferedRecord& buffered = queue.emplace_back();
    buffered.record.number = number;
    buffered.record.new_image = Image::make(encode_item(
        *item_from_json_text(R"({"PK":{"S":"a"},"v":{"S":")" + payload + R"("}})", "Item")));
    buffered.record.version = {WallTime{1'767'225'600'000'000}, RegionId{1}};
    buffered.record.created_at =
        WallTime{(1'767'225'600 + static_cast<std::int64_t>(number)) * 1'000'000};
    buffered.size_bytes = 3 + buffered.record.new_image.size_bytes();
  }

  LambdaEventPrinter printer() {
    return {{"eu-west-1", arn, stream, kRegions, false}, presenter, [this](KeyId) {
              return std::string_view{key};
            }};
  }

  MappingInvocation invocation(std::size_t size) {
    MappingInvocation made;
    made.shard_id = "shardId-00000001767225600000-7fe04581";
    made.batch = {&queue, size};
    return made;
  }

  Stream stream{options(), Instant{0}, WallTime{0}};
  std::string arn = stream_arn("eu-west-1", "orders", "2026-01-01T00:00:00.000");
  std::string key = encode_item(*item_from_json_text(R"({"PK":{"S":"a"}})", "Keys"));
  RecordPresenter presenter{RecordProfile::k2019, StreamViewType::kNewAndOldImages, kRegions};
  RingQueue<BufferedRecord> queue;
};

TEST_F(LambdaEvents, ABatchIsOneObjectWithItsRecords) {
  add(0, "1");
  add(1, "2");
  const auto event = boost::json::parse(printer().event(invocation(2))).as_object();
  EXPECT_EQ(event.size(), 1u);
  const auto& records = event.at("Records").as_array();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].at("dynamodb").at("NewImage").at("v").at("S").as_string(), "2");
  EXPECT_EQ(records[1].at("eventSourceARN").as_string(), arn);
}

TEST_F(LambdaEvents, ATumblingWindowAddsItsMembers) {
  add(0, "1");
  MappingInvocation made = invocation(1);
  made.window = WindowPart{1'767'225'600, 1'767'225'660, R"({"n":1})", true, false};
  const auto event = boost::json::parse(printer().event(made)).as_object();
  EXPECT_EQ(event.at("window").at("start").as_string(), "2026-01-01T00:00:00Z");
  EXPECT_EQ(event.at("window").at("end").as_string(), "2026-01-01T00:01:00Z");
  EXPECT_EQ(event.at("state").at("n").as_int64(), 1);
  EXPECT_EQ(event.at("shardId").as_string(), made.shard_id);
  EXPECT_EQ(event.at("eventSourceARN").as_string(), arn);
  EXPECT_TRUE(event.at("isFinalInvokeForWindow").as_bool());
  EXPECT_FALSE(event.at("isWindowTerminatedEarly").as_bool());
}

TEST_F(LambdaEvents, SmallBatchesFitWithoutBeingPrinted) {
  for (std::uint64_t i = 0; i < 100; ++i) add(i, "x");
  EXPECT_EQ(printer().fitting({&queue, 100}), 100u);
}

TEST_F(LambdaEvents, SixMegabytesAreCountedAsTheyArePrinted) {
  for (std::uint64_t i = 0; i < 40; ++i) add(i, std::string(300'000, 'x'));
  const std::size_t fitting = printer().fitting({&queue, 40});
  EXPECT_LE(printer().event(invocation(fitting)).size(), kEventBytesMax);
  EXPECT_GT(printer().event(invocation(fitting + 1)).size(), kEventBytesMax);
}

TEST_F(LambdaEvents, WhatMustBeEscapedCountsAsItIsPrinted) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    std::string escapes;
    for (int n = 0; n < 100'000; ++n) escapes += "\\u0001";
    add(i, escapes);
  }
  const std::size_t fitting = printer().fitting({&queue, 40});
  EXPECT_LE(printer().event(invocation(fitting)).size(), kEventBytesMax);
  EXPECT_GT(printer().event(invocation(fitting + 1)).size(), kEventBytesMax);
}

TEST_F(LambdaEvents, ARecordThatIsTooLargeStillGoesAlone) {
  std::string escapes;
  for (int n = 0; n < 400'000; ++n) escapes += "\\u0001";
  add(0, escapes);
  add(1, escapes);
  queue[0].record.old_image = queue[0].record.new_image;
  queue[1].record.old_image = queue[0].record.new_image;
  EXPECT_EQ(printer().fitting({&queue, 2}), 1u);
}

TEST_F(LambdaEvents, TheDestinationIsToldWhereTheRecordsAre) {
  add(0, "1");
  add(30, "2");
  GivenUpBatch told;
  told.function_name = "indexer";
  told.region = "eu-west-1";
  told.stream_arn = arn;
  told.request_id = "3af4b4a5-3f1d-4b8e-8f2f-9b1c2d3e4f50";
  told.reason = GiveUpReason::kRetryAttemptsExhausted;
  told.function_error = true;
  told.at = WallTime{1'767'225'700'717'000};
  told.start_sequence_number = "100";
  told.end_sequence_number = "200";
  MappingInvocation last = invocation(2);
  last.attempt = 4;
  const auto message = boost::json::parse(destination_message(told, last, ""));
  const auto& request = message.at("requestContext");
  EXPECT_EQ(request.at("requestId").as_string(), told.request_id);
  EXPECT_EQ(request.at("functionArn").as_string(),
            "arn:aws:lambda:eu-west-1:000000000000:function:indexer");
  EXPECT_EQ(request.at("condition").as_string(), "RetryAttemptsExhausted");
  EXPECT_EQ(request.at("approximateInvokeCount").as_int64(), 4);
  const auto& response = message.at("responseContext");
  EXPECT_EQ(response.at("statusCode").as_int64(), 200);
  EXPECT_EQ(response.at("executedVersion").as_string(), "$LATEST");
  EXPECT_EQ(response.at("functionError").as_string(), "Unhandled");
  EXPECT_EQ(message.at("version").as_string(), "1.0");
  EXPECT_EQ(message.at("timestamp").as_string(), "2026-01-01T00:01:40.717Z");
  const auto& batch = message.at("DDBStreamBatchInfo");
  EXPECT_EQ(batch.at("shardId").as_string(), last.shard_id);
  EXPECT_EQ(batch.at("startSequenceNumber").as_string(), "100");
  EXPECT_EQ(batch.at("endSequenceNumber").as_string(), "200");
  EXPECT_EQ(batch.at("approximateArrivalOfFirstRecord").as_string(), "2026-01-01T00:00:00Z");
  EXPECT_EQ(batch.at("approximateArrivalOfLastRecord").as_string(), "2026-01-01T00:00:30Z");
  EXPECT_EQ(batch.at("batchSize").as_int64(), 2);
  EXPECT_EQ(batch.at("streamArn").as_string(), arn);
  EXPECT_FALSE(message.as_object().contains("payload"));
}

TEST_F(LambdaEvents, FunctionErrorIsNullWhenTheAnswerNamedTheFailures) {
  add(0, "1");
  GivenUpBatch told;
  const auto message = boost::json::parse(destination_message(told, invocation(1), ""));
  EXPECT_TRUE(message.at("responseContext").at("functionError").is_null());
}

TEST_F(LambdaEvents, ABatchThatNeverReachedTheFunctionHasNoResponse) {
  add(0, "1");
  GivenUpBatch told;
  told.reason = GiveUpReason::kRecordAgeExceeded;
  MappingInvocation last = invocation(1);
  last.attempt = 0;
  const auto message = boost::json::parse(destination_message(told, last, ""));
  EXPECT_FALSE(message.as_object().contains("responseContext"));
  EXPECT_EQ(message.at("requestContext").at("condition").as_string(), "RecordAgeExceeded");
}

TEST_F(LambdaEvents, ABucketGetsTheInvocationRecordAsText) {
  add(0, "1");
  GivenUpBatch told;
  const std::string event = printer().event(invocation(1));
  const auto message = boost::json::parse(destination_message(told, invocation(1), event));
  EXPECT_EQ(message.at("payload").as_string(), event);
}

}  // namespace
}  // namespace gtsim
