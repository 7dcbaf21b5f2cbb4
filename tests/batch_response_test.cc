// What a return value means for its batch: every row of the Lambda developer guide's list of
// success and failure conditions, and what was observed beyond it.
#include "coordinator/handler/batch_response.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace gtsim {
namespace {

using Kind = BatchOutcome::Kind;

// The second is the lowest as a number and the highest as text.
const std::vector<std::string_view> kBatch = {"100000000000000000021", "99999999999999999998",
                                              "100000000000000000023"};

// "success", "from INDEX" or "all: WHY".
std::string outcome_of(std::string_view response) {
  const BatchOutcome outcome = read_batch_response(response, kBatch);
  switch (outcome.kind) {
    case Kind::kSuccess:
      return "success";
    case Kind::kFailFrom:
      return "from " + std::to_string(outcome.index);
    case Kind::kFailAll:
      return "all: " + outcome.why;
  }
  return "";
}

TEST(BatchResponse, NullSucceeds) {
  EXPECT_EQ(outcome_of("null"), "success");
}

TEST(BatchResponse, EmptyObjectSucceeds) {
  EXPECT_EQ(outcome_of("{}"), "success");
}

TEST(BatchResponse, EmptyListSucceeds) {
  EXPECT_EQ(outcome_of("[]"), "success");
}

TEST(BatchResponse, ObjectWithoutFailuresSucceeds) {
  EXPECT_EQ(outcome_of(R"({"statusCode":200,"indexed":3})"), "success");
}

TEST(BatchResponse, EmptyFailuresSucceed) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[]})"), "success");
}

TEST(BatchResponse, NullFailuresSucceed) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":null})"), "success");
}

TEST(BatchResponse, OneIdentifierFailsFromThere) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":"100000000000000000023"}]})"),
            "from 2");
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":"100000000000000000021"}]})"),
            "from 0");
}

TEST(BatchResponse, OfSeveralIdentifiersTheLowestNumberCounts) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":"100000000000000000023"},
                           {"itemIdentifier":"100000000000000000021"}]})"),
            "from 0");
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":"100000000000000000021"},
                           {"itemIdentifier":"99999999999999999998"},
                           {"itemIdentifier":"100000000000000000023"}]})"),
            "from 1");
}

TEST(BatchResponse, EmptyIdentifierFailsAll) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":""}]})"),
            "all: an itemIdentifier is empty");
}

TEST(BatchResponse, NullIdentifierFailsAll) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":null}]})"),
            "all: an itemIdentifier is null");
}

TEST(BatchResponse, WrongKeyFailsAll) {
  const std::string expected = "all: an element of batchItemFailures has no itemIdentifier";
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"foo":"100000000000000000021"}]})"), expected);
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"foo":null}]})"), expected);
}

TEST(BatchResponse, IdentifierOfNoRecordFailsAll) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":"123"}]})"),
            "all: no record of the batch has the itemIdentifier `123`");
}

TEST(BatchResponse, OneBadIdentifierSpoilsTheGoodOnes) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":"100000000000000000023"},
                           {"itemIdentifier":""}]})"),
            "all: an itemIdentifier is empty");
}

TEST(BatchResponse, IdentifierAsNumberFailsAll) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":[{"itemIdentifier":99999999999999999998}]})"),
            "all: an itemIdentifier is not a string");
}

TEST(BatchResponse, FailuresThatAreNoListFailAll) {
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":"100000000000000000021"})"),
            "all: batchItemFailures is not a list");
  EXPECT_EQ(outcome_of(R"({"batchItemFailures":["100000000000000000021"]})"),
            "all: an element of batchItemFailures is not an object");
}

TEST(BatchResponse, ResponseThatIsNoObjectFailsAll) {
  EXPECT_EQ(outcome_of(R"("done")"), "all: the response is not an object: `\"done\"`");
  EXPECT_EQ(outcome_of("[1]"), "all: the response is not an object: `[1]`");
  EXPECT_EQ(outcome_of("done"), "all: the response is not JSON: `done`");
  EXPECT_EQ(outcome_of(""), "all: the response is not JSON: ``");
}

TEST(BatchResponse, EmptyBatchHasNoRecordToFail) {
  EXPECT_EQ(read_batch_response(R"({"batchItemFailures":[{"itemIdentifier":"1"}]})", {}).kind,
            Kind::kFailAll);
  EXPECT_EQ(read_batch_response("null", {}).kind, Kind::kSuccess);
}

TEST(TumblingState, IsTheObjectAsText) {
  const WindowState found = tumbling_state(R"({"state": {"total": 3, "names": ["a"]}, "more": 1})");
  EXPECT_EQ(found.kind, WindowState::Kind::kState);
  EXPECT_EQ(found.state, R"({"total":3,"names":["a"]})");
}

TEST(TumblingState, MustBeThereAndAnObject) {
  for (const std::string_view response : {"null", "{}", R"({"state":null})", R"({"state":"x"})",
                                          R"({"state":[1]})", "nonsense", R"({"State":{}})"}) {
    const WindowState found = tumbling_state(response);
    EXPECT_EQ(found.kind, WindowState::Kind::kMissing) << response;
    EXPECT_FALSE(found.why.empty()) << response;
  }
}

TEST(TumblingState, MayHaveOneMegabyte) {
  const auto response = [](std::size_t size) {
    return R"({"state":{"a":")" + std::string(size - 8, 'x') + R"("}})";
  };
  EXPECT_EQ(tumbling_state(response(kWindowStateBytesMax)).state.size(), kWindowStateBytesMax);
  const WindowState over = tumbling_state(response(kWindowStateBytesMax + 1));
  EXPECT_EQ(over.kind, WindowState::Kind::kTooLarge);
  EXPECT_EQ(over.why, "`state` has 1000001 bytes, more than 1000000");
}

}  // namespace
}  // namespace gtsim
