// Expectations about consumers.
#include "coordinator/language/expectations.h"
#include "coordinator/language/percentile_fields.h"
#include "coordinator/language/source_text.h"
#include "coordinator/language/values.h"

namespace gtsim::language {
namespace {

using CountBound = Bound<std::int64_t>;

// A consumer or a group of them.
Type<std::string> consumer_name() {
  const auto name = text("consumer", "the name of a consumer");
  return mapped<std::string>(
      name,
      [](ReadContext& context, const Node& node, std::string&& given, std::string& out) {
        if (!context.find_consumer(node, given)) return false;
        out = std::move(given);
        return true;
      },
      AsItIs{});
}

template <class T>
void add_consumer(Object<T>& object) {
  object.field("consumer", consumer_name(), &T::consumer,
               {.doc = "Which one; the name of one that is deployed in several regions stands for "
                       "all of them together.",
                .required = true,
                .example = "indexer"});
}

template <class T>
void add_bound(Object<T>& object, const char* name, std::optional<CountBound> T::*member,
               const char* doc) {
  object.field(name, count_bound(), member,
               {.doc = doc, .default_text = "any number", .example = "0"});
}

template <class T>
void add_event_and_origin(Object<T>& object) {
  object.field("event", one_of_words({"INSERT", "MODIFY", "REMOVE"}), &T::event,
               {.doc = "Only records with this eventName.", .default_text = "any"});
  object.field("origin_region", region(), &T::origin_region,
               {.doc = "Only records of writes made there.", .default_text = "anywhere"});
}

template <class T>
void add_golden(Object<T>& object, const char* doc) {
  object.field(
      "matches", text("file", "the name of a file"),
      [](ReadContext& context, const Node&, T& e, std::string&& name) {
        e.matches = resolve(folder_of(context.file()), name);
        return true;
      },
      [](const PrintContext& context, const T& e) -> std::optional<std::string> {
        if (!e.matches) return std::nullopt;
        return context.relative(*e.matches);
      },
      {.doc = doc, .default_text = "nothing", .example = "golden/indexer.jsonl"});
}

}  // namespace

Type<FilterExpectation> filter_expectation_type() {
  using E = FilterExpectation;
  Object<E> object("filter expectation",
                   "Whether a filter lets through what its consumer wants and nothing else.");
  add_consumer(object);
  add_bound(object, "missed", &E::missed, "Wanted records that were never delivered.");
  add_bound(object, "let_through", &E::let_through, "Delivered records that are not wanted.");
  add_bound(object, "duplicates", &E::duplicates, "Wanted records delivered more than once.");
  add_event_and_origin(object);
  object.then([](ReadContext& context, const Node& node, E& e) {
    if (e.missed || e.let_through || e.duplicates) return true;
    return context.error(node, "expected at least one of `missed`, `let_through` and `duplicates`");
  });
  object.example(
      "consumers: {indexer: {region: eu-west-1}}\nexpect:\n  - filter: {consumer: indexer, missed: "
      "0, let_through: 0}\n");
  return object.build();
}

Type<DeliveriesExpectation> deliveries_type() {
  using E = DeliveriesExpectation;
  Object<E> object("deliveries expectation", "What a consumer's function was given.");
  add_consumer(object);
  add_bound(object, "records", &E::records, "Records delivered at least once.");
  add_bound(object, "duplicates", &E::duplicates, "Records delivered more than once.");
  add_bound(object, "out_of_order", &E::out_of_order,
            "Deliveries of a record after a later one with the same partition key.");
  add_bound(object, "given_up", &E::given_up,
            "Records whose retries or age ran out; they went to the destination or were dropped.");
  add_bound(object, "expired", &E::expired, "Records that left the stream unread, after 24 hours.");
  add_bound(object, "behind", &E::behind, "Records that were not processed at the end.");
  add_bound(object, "invocations", &E::invocations, "Invocations of the function.");
  add_bound(object, "failed_invocations", &E::failed_invocations,
            "Invocations that failed, wholly or in part.");
  add_event_and_origin(object);
  object.field("origin", one_of_words({"APPLICATION", "REPLICATION"}), &E::origin,
               {.doc = "Only records of writes made here, or of replicated ones.",
                .default_text = "either"});
  add_golden(object,
             "Every delivered record in its order, as the Lambda event has it, equals this file. "
             "`--update-golden` rewrites it.");
  object.then([](ReadContext& context, const Node& node, E& e) {
    const bool counts = e.records || e.duplicates || e.out_of_order || e.given_up || e.expired ||
                        e.behind || e.invocations || e.failed_invocations;
    if (!counts && !e.matches) {
      return context.error(node, "expected at least one number, or `matches`");
    }
    const bool selected = e.event || e.origin || e.origin_region;
    if (selected && (e.invocations || e.failed_invocations || e.matches || e.out_of_order)) {
      return context.error(node,
                           "`event`, `origin` and `origin_region` choose records; invocations, "
                           "their order and `matches` are of all");
    }
    return true;
  });
  object.example(
      "consumers: {indexer: {region: eu-west-1}}\nexpect:\n  - deliveries: {consumer: indexer, "
      "event: REMOVE, records: 3, duplicates: 0}\n");
  return object.build();
}

Type<PerWriteExpectation> per_write_type() {
  using E = PerWriteExpectation;
  Object<E> object("per write expectation",
                   "How often consumers together were given the record of one write, in whichever "
                   "regions they run. Counts writes that at least one of them wants.");
  const auto one = mapped<std::vector<std::string>>(
      consumer_name(), [](std::string&& name) { return std::vector<std::string>{name}; },
      OnlyOne{});
  object.field(
      "consumers",
      by_shape<std::vector<std::string>>(
          {.scalar = one, .list = list_of(consumer_name(), "a list of consumers", {.fewest = 1})}),
      &E::consumers, {.doc = "Which ones.", .required = true, .example = "[billing]"});
  add_bound(object, "missed", &E::missed, "Writes that none of them was told.");
  add_bound(object, "once", &E::once, "Writes told exactly once.");
  add_bound(object, "more_than_once", &E::more_than_once, "Writes told several times.");
  object.then([](ReadContext& context, const Node& node, E& e) {
    if (e.missed || e.once || e.more_than_once) return true;
    return context.error(node, "expected at least one of `missed`, `once` and `more_than_once`");
  });
  object.example(
      "consumers: {billing: {region: all}}\nexpect:\n  - per_write: {consumers: [billing], missed: "
      "0, more_than_once: 0}\n");
  return object.build();
}

Type<IteratorAgeExpectation> iterator_age_type() {
  using E = IteratorAgeExpectation;
  Object<E> object("iterator age expectation",
                   "How old the last record of a batch is when the function is called, as the "
                   "metric IteratorAge tells it.");
  add_consumer(object);
  add_percentiles(object, "invocation", "invocations");
  object.then([](ReadContext& context, const Node& node, E& e) {
    return require_percentile(context, node, e);
  });
  object.example(
      "consumers: {indexer: {region: eu-west-1}}\nexpect:\n  - iterator_age: {consumer: indexer, "
      "p99: < 2s}\n");
  return object.build();
}

Type<OutputExpectation> output_type() {
  using E = OutputExpectation;
  Object<E> object("output expectation", "What a function answered, or wrote to its log.");
  add_consumer(object);
  add_golden(object,
             "Every answer in its order, one line each, equals this file. `--update-golden` "
             "rewrites it.");
  object.field("contains", text("text", "a text"), &E::contains,
               {.doc = "Text to look for in what an `exec` handler wrote to standard error.",
                .default_text = "none",
                .example = "charged"});
  add_bound(object, "lines", &E::lines, "How many lines of it contain the text.");
  object.then([](ReadContext& context, const Node& node, E& e) {
    if (e.contains.has_value() != e.lines.has_value()) {
      return context.error(node, "`contains` and `lines` go together");
    }
    if (e.matches || e.contains) return true;
    return context.error(node, "expected `matches`, or `contains` and `lines`");
  });
  object.example(
      "consumers:\n  billing: {region: eu-west-1, handler: {exec: [python3, "
      "billing.py]}}\nexpect:\n  - output: {consumer: billing, contains: charged, lines: 3}\n");
  return object.build();
}

}  // namespace gtsim::language
