// unavailable: what clients meet at a region.
#include "coordinator/language/actions.h"

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
  const auto whole_region = mapped<UnavailableStep>(
      region(),
      [](RegionId&& region) {
        return UnavailableStep{{.region = region, .error = ClientError::kServiceUnavailable}};
      },
      [](const UnavailableStep& step) -> std::optional<RegionId> {
        const ClientFault& fault = step.fault;
        const bool whole = fault.operations.empty() && fault.rate == 1 &&
                           fault.delay.count() == 0 &&
                           fault.error == ClientError::kServiceUnavailable && !fault.answer_is_lost;
        if (!whole) return std::nullopt;
        return fault.region;
      });
  Object<Draft> object(
      "unavailability",
      "A region that does to the calls of its clients what is said here, and replicates on. In "
      "short "
      "form the name of the region: all calls are refused with ServiceUnavailable.");
  object.field("region", region(), within(&Draft::fault, &ClientFault::region),
               {.doc = "Whose clients.", .required = true, .example = "us-east-1"});
  object.field(
      "operations",
      list_of(keyword(words<ClientOperation>(kClientOperationCount)),
              "a list of put, update, delete, transact, control", {.fewest = 1}),
      [](Draft& draft, std::vector<ClientOperation>&& operations) {
        draft.fault.operations = {operations.begin(), operations.end()};
      },
      [](const Draft& draft) -> std::optional<std::vector<ClientOperation>> {
        const std::set<ClientOperation>& some = draft.fault.operations;
        if (some.empty()) return std::nullopt;
        return std::vector<ClientOperation>{some.begin(), some.end()};
      },
      {.doc = "Which calls. `control`: orders to the control plane, as `add_replica`.",
       .default_text = "all",
       .example = "[put, transact]"});
  object.field("rate", share(), within(&Draft::fault, &ClientFault::rate),
               {.doc = "How many of them it hits.", .default_text = "100%", .example = "30%"});
  object.field("error", keyword(words<ClientError>(kClientErrorCount)),
               within(&Draft::fault, &ClientFault::error),
               {.doc = "What they are refused with. The writer's outcome is unavailable, "
                       "server-error (InternalServerError) or throttled (the last three).",
                .default_text = "ServiceUnavailable, unless there is a `delay` or an `answer`",
                .example = "InternalServerError"});
  object.field("delay", positive_duration(), within(&Draft::fault, &ClientFault::delay),
               {.doc = "How much later a call reaches the region, or is refused. A writer gives up "
                       "after 10 s, and the write happens all the same.",
                .default_text = "none",
                .example = "2s"});
  object.field(
      "answer", keyword<bool>({{"lost", false}}),
      [](Draft& draft, bool&& answered) { draft.answered = answered; },
      [](const Draft& draft) { return draft.answered ? std::nullopt : std::optional<bool>{false}; },
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
      {.scalar = whole_region,
       .map = mapped<UnavailableStep>(
           object.build(), [](Draft&& draft) { return UnavailableStep{std::move(draft.fault)}; },
           [](const UnavailableStep& step) {
             return Draft{step.fault, !step.fault.answer_is_lost};
           })});
}

}  // namespace gtsim::language
