// unavailable: what clients meet at a region.
#include "coordinator/scenario/actions.h"

namespace gtsim::language {
namespace {

struct Draft {
  ClientFault fault;
  bool answered = true;
};

template <class Word>
std::vector<std::pair<std::string, Word>> words(int count) {
  std::vector<std::pair<std::string, Word>> all;
  for (int i = 0; i < count; ++i) {
    all.emplace_back(to_text(static_cast<Word>(i)), static_cast<Word>(i));
  }
  return all;
}

}  // namespace

Type<UnavailableStep> unavailable_type() {
  const auto whole_region = mapped<UnavailableStep>(region(), [](RegionId&& region) {
    return UnavailableStep{{.region = region, .error = ClientError::kServiceUnavailable}};
  });
  Object<Draft> object(
      "unavailability",
      "A region that does to the calls of its clients what is said here, and replicates on. In "
      "short "
      "form the name of the region: all calls are refused with ServiceUnavailable.");
  object.field("region", region(),
               [](Draft& draft, RegionId&& region) { draft.fault.region = region; },
               {.doc = "Whose clients.", .required = true, .example = "us-east-1"});
  object.field("operations",
               list_of(keyword(words<ClientOperation>(kClientOperationCount)),
                       "a list of put, update, delete, transact, control", {.fewest = 1}),
               [](Draft& draft, std::vector<ClientOperation>&& operations) {
                 draft.fault.operations = {operations.begin(), operations.end()};
               },
               {.doc = "Which calls. `control`: orders to the control plane, as `add_replica`.",
                .default_text = "all",
                .example = "[put, transact]"});
  object.field("rate", share(), [](Draft& draft, double&& rate) { draft.fault.rate = rate; },
               {.doc = "How many of them it hits.", .default_text = "100%", .example = "30%"});
  object.field("error", keyword(words<ClientError>(kClientErrorCount)),
               [](Draft& draft, ClientError&& error) { draft.fault.error = error; },
               {.doc = "What they are refused with. The writer's outcome is unavailable, "
                       "server-error (InternalServerError) or throttled (the last three).",
                .default_text = "ServiceUnavailable, unless there is a `delay` or an `answer`",
                .example = "InternalServerError"});
  object.field("delay", positive_duration(),
               [](Draft& draft, Duration&& delay) { draft.fault.delay = delay; },
               {.doc = "How much later a call reaches the region, or is refused. A writer gives up "
                       "after 10 s, and the write happens all the same.",
                .default_text = "none",
                .example = "2s"});
  object.field("answer", keyword<bool>({{"lost", false}}),
               [](Draft& draft, bool&& answered) { draft.answered = answered; },
               {.doc = "`lost`: the write is done and the writer never hears of it: its outcome is "
                       "timed-out. Answers of the control plane are not lost.",
                .default_text = "it is given",
                .example = "lost"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    ClientFault& fault = draft.fault;
    fault.answer_is_lost = !draft.answered;
    if (fault.error && fault.answer_is_lost) {
      return context.error(node.find("answer")->value,
                           "a call is refused with an `error`, or its `answer` is lost; not both");
    }
    if (fault.rate <= 0) {
      return context.error(node.find("rate")->value, "this hits no call; expected more than 0%");
    }
    if (!fault.answer_is_lost && fault.delay.count() == 0 && !fault.error) {
      fault.error = ClientError::kServiceUnavailable;
    }
    return true;
  });
  object.example(
      "steps:\n  - {at: 6m, unavailable: us-east-1, for: 3h}\n"
      "  - {at: 4h, unavailable: {region: us-east-1, operations: [put], rate: 30%, answer: lost}, "
      "for: 5m}\n");
  return by_shape<UnavailableStep>(
      {.scalar = whole_region, .map = mapped<UnavailableStep>(object.build(), [](Draft&& draft) {
                                 return UnavailableStep{std::move(draft.fault)};
                               })});
}

}  // namespace gtsim::language
