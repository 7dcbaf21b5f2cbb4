#include "coordinator/language/writes.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "region-node/item/item_size.h"

namespace gtsim::language {
namespace {

struct ComparisonField {
  const char* name;
  Comparison comparison;
  const char* doc;
};
constexpr std::array<ComparisonField, 6> kComparisons{
    {{"equals", Comparison::kEqual, "Attributes that have these values."},
     {"not_equals", Comparison::kNotEqual, "Attributes that have other values, or do not exist."},
     {"less", Comparison::kLess, "Attributes below these values (S, N or B)."},
     {"less_or_equal", Comparison::kLessOrEqual, "Attributes at or below these values."},
     {"greater", Comparison::kGreater, "Attributes above these values."},
     {"greater_or_equal", Comparison::kGreaterOrEqual, "Attributes at or above these values."}}};

const char* field_name(Comparison comparison) {
  for (const ComparisonField& field : kComparisons) {
    if (field.comparison == comparison) return field.name;
  }
  return "";
}

// One name or a list of them.
Type<std::vector<std::string>> names_type() {
  const auto one = mapped<std::vector<std::string>>(
      attribute_name(),
      [](std::string&& name) { return std::vector<std::string>{std::move(name)}; }, OnlyOne{});
  const auto several = mapped<std::vector<std::string>>(
      list_of(attribute_name(), "a list of attributes"),
      [](ReadContext& context, const Node& node, std::vector<std::string>&& names,
         std::vector<std::string>& out) {
        for (std::size_t i = 0; i < names.size(); ++i) {
          if (std::count(names.begin(), names.begin() + static_cast<long>(i), names[i]) > 0) {
            return context.error(node.items[i],
                                 fmt::format("{} is named twice", quote_for_message(names[i])));
          }
        }
        out = std::move(names);
        return true;
      },
      AsItIs{});
  return by_shape<std::vector<std::string>>({.scalar = one, .list = several});
}

bool ordered(const AttributeValue& value) {
  return value.type() == AttributeType::kS || value.type() == AttributeType::kN ||
         value.type() == AttributeType::kB;
}

bool finish_condition(ReadContext& context, const Node& node, const ConditionDraft& draft,
                      const KeySchema& schema, Condition& out) {
  for (const std::string& name : draft.exists) out.push_back({Comparison::kExists, name, {}});
  for (const std::string& name : draft.not_exists)
    out.push_back({Comparison::kNotExists, name, {}});
  bool good = true;
  for (const auto& [comparison, values] : draft.comparisons) {
    const ReadContext::Scope scope(context, field_name(comparison));
    Item operands;
    if (!read_attributes(context, *values.node, schema, operands)) {
      good = false;
      continue;
    }
    const bool needs_order =
        comparison != Comparison::kEqual && comparison != Comparison::kNotEqual;
    for (auto& [name, value] : operands) {
      if (needs_order && !ordered(value)) {
        good =
            context.error(values.node->find(name)->value,
                          fmt::format("expected a string, number or binary, which have an order; "
                                      "found {}",
                                      type_name(value.type())));
      }
      out.push_back({comparison, name, std::move(value)});
    }
  }
  for (const std::string& name : draft.not_exists) {
    for (const ConditionTerm& term : out) {
      const bool clashes = term.attribute == name && term.comparison != Comparison::kNotExists &&
                           term.comparison != Comparison::kNotEqual;
      if (clashes) {
        good = context.error(node, fmt::format("no item can meet this: {} must not exist, and must",
                                               quote_for_message(name)));
        break;
      }
    }
  }
  return good;
}

// The service's words for an update of a key attribute.
bool refuse_key_attribute(ReadContext& context, SourcePosition position, const KeySchema& schema,
                          const std::string& name) {
  if (!schema.is_key_attribute(name)) return true;
  return context.error(position,
                       fmt::format("One or more parameter values were invalid: Cannot update "
                                   "attribute {}. This attribute is part of the key",
                                   name));
}

bool read_additions(ReadContext& context, const Node& node, const KeySchema& schema, Update& out) {
  const ReadContext::Scope scope(context, "add");
  Item values;
  if (!read_attributes(context, node, schema, values)) return false;
  bool good = true;
  for (const auto& [name, value] : values) {
    const Member& member = *node.find(name);
    good = refuse_key_attribute(context, member.key_position, schema, name) && good;
    if (const Number* number = value.get_if<Number>()) {
      out.add.emplace(name, *number);
    } else {
      good = context.error(
          member.value, fmt::format("expected a number to add; found {}", describe(member.value)));
    }
  }
  return good;
}

bool finish_update(ReadContext& context, const Node& node, const UpdateDraft& draft,
                   const KeySchema& schema, UpdateWrite& out) {
  bool good = true;
  {
    const ReadContext::Scope scope(context, "key");
    good = read_key(context, *draft.key.node, schema, out.key);
  }
  std::map<std::string, SourcePosition> touched;
  if (draft.set.node != nullptr) {
    const ReadContext::Scope scope(context, "set");
    good = read_attributes(context, *draft.set.node, schema, out.update.set) && good;
    for (const Member& member : draft.set.node->members) {
      good = refuse_key_attribute(context, member.key_position, schema, member.key) && good;
      touched.emplace(member.key, member.key_position);
    }
    if (auto limits = check_item_limits(out.update.set, SizeCheck::kUpdate); !limits) {
      good = context.error(*draft.set.node, limits.error().detail);
    }
  }
  const auto touch = [&](const std::string& name, SourcePosition position) {
    if (touched.emplace(name, position).second) return true;
    return context.error(
        position, fmt::format("{} is changed twice by this update", quote_for_message(name)));
  };
  if (draft.add.node != nullptr) {
    good = read_additions(context, *draft.add.node, schema, out.update) && good;
    for (const Member& member : draft.add.node->members) {
      good = touch(member.key, member.key_position) && good;
    }
  }
  if (const Member* remove = node.find("remove")) {
    const ReadContext::Scope scope(context, "remove");
    for (std::size_t i = 0; i < draft.remove.size(); ++i) {
      const Node& at =
          remove->value.kind == NodeKind::kList ? remove->value.items[i] : remove->value;
      good = refuse_key_attribute(context, at.position, schema, draft.remove[i]) && good;
      good = touch(draft.remove[i], at.position) && good;
      out.update.remove.insert(draft.remove[i]);
    }
  }
  return good;
}

// ---- the way back

UpdateDraft draft_of_update(const UpdateWrite& write) {
  UpdateDraft draft;
  draft.key.item = write.key;
  draft.set.item = write.update.set;
  for (const auto& [name, number] : write.update.add) {
    draft.add.item.emplace(name, AttributeValue::number(number));
  }
  draft.remove.assign(write.update.remove.begin(), write.update.remove.end());
  return draft;
}

ConditionDraft draft_of_condition(const Condition& condition) {
  ConditionDraft draft;
  std::map<Comparison, Item> operands;
  for (const ConditionTerm& term : condition) {
    if (term.comparison == Comparison::kExists) {
      draft.exists.push_back(term.attribute);
    } else if (term.comparison == Comparison::kNotExists) {
      draft.not_exists.push_back(term.attribute);
    } else {
      operands[term.comparison].emplace(term.attribute, term.operand);
    }
  }
  for (auto& [comparison, items] : operands) {
    draft.comparisons.emplace_back(comparison, ItemNode{nullptr, std::move(items)});
  }
  return draft;
}

}  // namespace

Type<ConditionDraft> condition_type() {
  Object<ConditionDraft> object("condition",
                                "What must hold for the local item when the write arrives; all of "
                                "it together. It says nothing "
                                "of the item in other regions.");
  object.field("exists", names_type(), &ConditionDraft::exists,
               {.doc = "Attributes that exist.", .default_text = "none", .example = "PK"});
  object.field(
      "not_exists", names_type(), &ConditionDraft::not_exists,
      {.doc = "Attributes that do not exist. For a key attribute: the item does not exist.",
       .default_text = "none",
       .example = "PK"});
  for (const ComparisonField& field : kComparisons) {
    object.field(
        field.name, item_node(),
        [comparison = field.comparison](ConditionDraft& draft, ItemNode&& node) {
          draft.comparisons.emplace_back(comparison, node);
        },
        [comparison = field.comparison](const ConditionDraft& draft) {
          std::optional<ItemNode> operands;
          for (const auto& [other, values] : draft.comparisons) {
            if (other == comparison) operands = values;
          }
          return operands;
        },
        {.doc = field.doc, .default_text = "none", .example = "{v: 1}"});
  }
  object.then([](ReadContext& context, const Node& node, ConditionDraft&) {
    if (!node.members.empty()) return true;
    return context.error(node,
                         "expected at least one test such as {exists: PK}; found an empty map");
  });
  object.example(
      "steps:\n  - {at: 1s, in: us-east-1, put: {PK: a, v: 1}, if: {not_exists: PK}, outcome: ok}\n"
      "  - {at: 2s, in: us-east-1, put: {PK: a, v: 2}, if: {exists: PK, equals: {v: 1}}}\n");
  return object.build();
}

Type<UpdateDraft> update_type() {
  Object<UpdateDraft> object("update",
                             "An UpdateItem. Its result, the whole item, is what gets replicated.");
  object.field("key", key_node(), &UpdateDraft::key,
               {.doc = "Which item.", .required = true, .example = "{PK: a}"});
  object.field(
      "set", item_node(), [](UpdateDraft& draft, ItemNode&& node) { draft.set = node; },
      [](const UpdateDraft& draft) { return item_to_print(draft.set.item); },
      {.doc = "Attributes that get these values.",
       .default_text = "none",
       .example = "{state: paid}"});
  object.field(
      "add", item_node(), [](UpdateDraft& draft, ItemNode&& node) { draft.add = node; },
      [](const UpdateDraft& draft) { return item_to_print(draft.add.item); },
      {.doc = "Numbers to add; an attribute that does not exist counts as 0.",
       .default_text = "none",
       .example = "{n: 1}"});
  object.field("remove", names_type(), &UpdateDraft::remove,
               {.doc = "Attributes that go away.", .default_text = "none", .example = "[z]"});
  object.then([](ReadContext& context, const Node& node, UpdateDraft& draft) {
    const bool changes =
        draft.set.node != nullptr || draft.add.node != nullptr || !draft.remove.empty();
    return changes || context.error(node, "expected at least one of `set`, `add` and `remove`");
  });
  object.example(
      "steps:\n  - {at: 1s, in: us-east-1, update: {key: {PK: a}, set: {state: paid}, add: {n: 1}, "
      "remove: [z]}}\n");
  return object.build();
}

Type<WriteDraft> transaction_entry_type() {
  Object<WriteDraft> object("transaction entry", "One part of a transaction.");
  object.field("table", table(), &WriteDraft::table,
               {.doc = "Which table.", .default_text = "the step's, or the only one"});
  object.choice(
      "put", item_node(), [](WriteDraft& draft, ItemNode&& node) { draft.put = node; },
      [](const WriteDraft& draft) { return draft.put; }, {.doc = "A PutItem."});
  object.choice(
      "update", update_type(),
      [](WriteDraft& draft, UpdateDraft&& update) { draft.update = update; },
      [](const WriteDraft& draft) { return draft.update; }, {.doc = "An UpdateItem."});
  object.choice(
      "delete", key_node(), [](WriteDraft& draft, ItemNode&& node) { draft.remove = node; },
      [](const WriteDraft& draft) { return draft.remove; }, {.doc = "A DeleteItem."});
  object.choice(
      "check", key_node(), [](WriteDraft& draft, ItemNode&& node) { draft.check = node; },
      [](const WriteDraft& draft) { return draft.check; },
      {.doc = "A ConditionCheck: changes nothing, but its `if` must hold."});
  object.field("if", condition_type(), &WriteDraft::condition,
               {.doc = "What must hold for this item.", .default_text = "nothing"});
  object.then([](ReadContext& context, const Node& node, WriteDraft& draft) {
    if (!draft.check || draft.condition) return true;
    return context.error(node, "a `check` needs an `if`");
  });
  object.example(
      "steps:\n  - at: 1s\n    in: us-east-1\n    transact:\n      - {put: {PK: order-1, total: "
      "20}}\n"
      "      - {update: {key: {PK: stock}, add: {left: -1}}, if: {greater: {left: 0}}}\n"
      "      - {check: {PK: customer}, if: {exists: PK}}\n");
  return object.build();
}

WriteDraft draft_of(const PrintContext& context, const SingleWrite& write) {
  WriteDraft draft;
  draft.table = context.unless_only(write.table);
  if (const auto* put = std::get_if<PutWrite>(&write.action)) {
    draft.put = item_to_print(put->item);
  } else if (const auto* update = std::get_if<UpdateWrite>(&write.action)) {
    draft.update = draft_of_update(*update);
  } else if (const auto* remove = std::get_if<DeleteWrite>(&write.action)) {
    draft.remove = item_to_print(remove->key);
  } else {
    draft.check = item_to_print(std::get<CheckWrite>(write.action).key);
  }
  if (!write.condition.empty()) draft.condition = draft_of_condition(write.condition);
  return draft;
}

bool finish_write(ReadContext& context, const Node& node, const WriteDraft& draft, TableId table,
                  SingleWrite& out) {
  const KeySchema& schema = context.table(table).key;
  out.table = table;
  bool good = true;
  if (draft.put) {
    const ReadContext::Scope scope(context, "put");
    PutWrite put;
    good = read_item(context, *draft.put->node, schema, put.item);
    out.action = std::move(put);
  } else if (draft.update) {
    const ReadContext::Scope scope(context, "update");
    UpdateWrite update;
    good = finish_update(context, node.find("update")->value, *draft.update, schema, update);
    out.action = std::move(update);
  } else if (draft.remove) {
    const ReadContext::Scope scope(context, "delete");
    DeleteWrite remove;
    good = read_key(context, *draft.remove->node, schema, remove.key);
    out.action = std::move(remove);
  } else {
    CHECK(draft.check.has_value());
    const ReadContext::Scope scope(context, "check");
    CheckWrite check;
    good = read_key(context, *draft.check->node, schema, check.key);
    out.action = std::move(check);
  }
  if (draft.condition) {
    const ReadContext::Scope scope(context, "if");
    good = finish_condition(context, node.find("if")->value, *draft.condition, schema,
                            out.condition) &&
           good;
  }
  return good;
}

}  // namespace gtsim::language
