// The small language in which the scenario language is defined. A Type<T> says at once how a value
// is read into a T, how it is printed, and how schema and reference describe it; an Object<T> binds
// named fields to a T.
//
//   Object<ClockSpec> clock("clock", "How the region's clock goes wrong.");
//   clock.field("offset", signed_duration(), &ClockSpec::offset,
//               {.doc = "Added to the right time.", .default_text = "0s"});
//   const Type<ClockSpec> type = clock.build();
//
// Readers return false after giving at least one message to the context. What is printed reads back
// to an equal value; there is no type and no field without a way back.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "coordinator/language/definition.h"
#include "coordinator/language/place.h"
#include "coordinator/language/print_context.h"
#include "coordinator/language/read_context.h"
#include "region-node/base/check.h"

namespace gtsim::language {

template <class T>
struct Type {
  using Read = std::function<bool(ReadContext&, const Node&, T&)>;
  // Nothing: this type has no words for the value; another one of the same T has (by_shape,
  // choice).
  using Print = std::function<std::optional<Node>(const PrintContext&, const T&)>;

  Type(TypeText words, Read reader, Print printer)
      : text(std::move(words)), read(std::move(reader)), print(std::move(printer)) {}

  TypeText text;
  Read read;
  Print print;
};

inline bool mismatch(ReadContext& context, const Node& node, const TypeText& type) {
  return context.error(node, fmt::format("expected {}; found {}", type.expected, describe(node)));
}

// What `get` says of `from`, as nothing or a V. Get: (const From&) or (const PrintContext&, const
// From&) -> V or std::optional<V>.
template <class V, class From, class Get>
[[nodiscard]] std::optional<V> got(const PrintContext& context, const From& from, const Get& get) {
  const auto call = [&] {
    if constexpr (std::is_invocable_v<const Get&, const PrintContext&, const From&>) {
      return get(context, from);
    } else {
      return get(from);
    }
  };
  if constexpr (std::is_same_v<decltype(call()), std::optional<V>>) {
    return call();
  } else {
    return std::optional<V>(std::in_place, call());
  }
}

// Whether a type may have no words for a value: a choice may, as another one has them then.
enum class Words { kNeeded, kPerhaps };

// Of a member, or of what a function says: a V, a whole number of another size, or perhaps a V.
template <class V, class Held>
[[nodiscard]] std::optional<Node> printed_if_any(const PrintContext& context,
                                                 const typename Type<V>::Print& print, Words words,
                                                 const Held& held) {
  std::optional<Node> printed;
  if constexpr (std::is_same_v<Held, V>) {
    printed = print(context, held);
  } else if constexpr (std::is_same_v<Held, std::optional<V>>) {
    if (!held) return printed;
    printed = print(context, *held);
  } else {
    static_assert(std::is_integral_v<Held> && std::is_integral_v<V>,
                  "give the field a function that reads it and one that prints it");
    printed = print(context, static_cast<V>(held));
  }
  CHECK(printed || words == Words::kPerhaps);
  return printed;
}

// The way back of what converts nothing.
struct AsItIs {
  template <class T>
  T operator()(const T& value) const {
    return value;
  }
};

// The way back from one of something to a list of it.
struct OnlyOne {
  template <class T>
  std::optional<T> operator()(const std::vector<T>& values) const {
    if (values.size() != 1) return std::nullopt;
    return values.front();
  }
};

// The words around a field.
struct FieldText {
  std::string doc = {};
  std::string default_text = {};
  bool required = false;
  std::string example = {};
  bool printed_last = false;  // behind the fields that are not
};

// Gathers the fields of an object that is printed.
class FieldPrinter {
 public:
  explicit FieldPrinter(const Definition& object);
  // `usual`: what it would be when it is left out.
  void add(const FieldDefinition& field, std::optional<Node> printed,
           const std::optional<Node>& usual);
  // Nothing: none of the choices has words for the value.
  [[nodiscard]] std::optional<Node> take();

 private:
  const Definition& object_;
  Node map_;
  bool has_choices_ = false;
  bool chosen_ = false;
};

template <class T>
class Object {
 public:
  Object(std::string name, std::string doc) : definition_(std::make_shared<Definition>()) {
    definition_->name = std::move(name);
    definition_->doc = std::move(doc);
    definition_->is_object = true;
  }

  // `place` (place.h): where a T holds the V, or std::optional<V>. Not printed when it is nothing,
  // or what it is in a T of which nothing was read, unless the field is required.
  template <class V, class Place>
  Object& field(const std::string& name, const Type<V>& type, Place place, FieldText text) {
    Part part{.field = name,
              .printed_last = text.printed_last,
              .unless_fresh = !text.required,
              .read = reading(
                  type, [place](T& out, V&& value) { part_at(out, place) = std::move(value); })};
    part.print = [print = type.print, place](const PrintContext& context, const T& value) {
      return printed_if_any<V>(context, print, Words::kNeeded, part_at(value, place));
    };
    return add(std::move(part), type.text, std::move(text), /*choice=*/false);
  }
  // `set`: (T&, V&&) -> void or (ReadContext&, const Node&, T&, V&&) -> bool. `get` is the way
  // back, (const T&) or (const PrintContext&, const T&) -> V or std::optional<V>; nothing: not
  // printed.
  template <class V, class Set, class Get>
  Object& field(const std::string& name, const Type<V>& type, Set set, Get get, FieldText text) {
    const bool printed_last = text.printed_last;
    return add(Part{.field = name,
                    .printed_last = printed_last,
                    .read = reading(type, std::move(set)),
                    .print = printing(type, Words::kNeeded, std::move(get))},
               type.text, std::move(text), /*choice=*/false);
  }
  // One of several fields of which exactly one must be there. The one is printed that `get` says
  // something of and whose type has words for it.
  template <class V, class Set, class Get>
  Object& choice(const std::string& name, const Type<V>& type, Set set, Get get, FieldText text) {
    const bool printed_last = text.printed_last;
    return add(Part{.field = name,
                    .printed_last = printed_last,
                    .read = reading(type, std::move(set)),
                    .print = printing(type, Words::kPerhaps, std::move(get))},
               type.text, std::move(text), /*choice=*/true);
  }
  // What stands before anything is read, where that is not T{}.
  Object& starts_as(T start) {
    start_ = std::make_shared<const T>(std::move(start));
    return *this;
  }
  // Runs after the fields declared so far. A check of the whole object: skipped after an error.
  Object& then(std::function<bool(ReadContext&, const Node&, T&)> step) {
    parts_.push_back({.read = std::move(step)});
    return *this;
  }
  // The same, but runs in any case: for what later fields need.
  Object& always(std::function<bool(ReadContext&, const Node&, T&)> step) {
    parts_.push_back({.always = true, .read = std::move(step)});
    return *this;
  }
  Object& example(std::string yaml) {
    definition_->example = std::move(yaml);
    return *this;
  }
  // Nothing written stands for an object without fields.
  Object& may_be_empty() {
    may_be_empty_ = true;
    return *this;
  }

  [[nodiscard]] Type<T> build() const {
    auto self = std::make_shared<const Object>(*this);
    std::string expected = "a map";
    const std::string choices = choices_of(*definition_);
    if (!choices.empty()) expected += fmt::format(" with {}", choices);
    TypeText text = refer_to(definition_, std::move(expected));
    if (may_be_empty_) {
      text.schema = boost::json::object{
          {"anyOf", boost::json::array{text.schema, boost::json::object{{"type", "null"}}}}};
    }
    return {text,
            [self, text](ReadContext& context, const Node& node, T& out) {
              return self->read(context, node, out, text);
            },
            [self](const PrintContext& context, const T& value) {
              return self->print(context, value);
            }};
  }
  [[nodiscard]] DefinitionPtr definition() const { return definition_; }

 private:
  struct Part {
    bool always = false;
    std::string field = {};  // empty: a step of its own
    bool printed_last = false;
    bool unless_fresh = false;  // not printed when it is as in a T of which nothing was read
    std::function<bool(ReadContext&, const Node&, T&)> read = {};
    std::function<std::optional<Node>(const PrintContext&, const T&)> print = {};
  };

  Object& add(Part part, const TypeText& type, FieldText text, bool choice) {
    FieldDefinition field;
    field.name = part.field;
    field.type = type;
    field.doc = std::move(text.doc);
    field.default_text = std::move(text.default_text);
    field.required = text.required;
    field.choice = choice;
    field.example = std::move(text.example);
    definition_->fields.push_back(std::move(field));
    parts_.push_back(std::move(part));
    return *this;
  }

  template <class V, class Set>
  static auto reading(const Type<V>& type, Set set) {
    return [read = type.read, set](ReadContext& context, const Node& node, T& out) {
      V value{};
      if (!read(context, node, value)) return false;
      if constexpr (std::is_invocable_r_v<bool, const Set&, ReadContext&, const Node&, T&, V&&>) {
        return set(context, node, out, std::move(value));
      } else {
        set(out, std::move(value));
        return true;
      }
    };
  }

  template <class V, class Get>
  static auto printing(const Type<V>& type, Words words, Get get) {
    return [print = type.print, words, get](const PrintContext& context, const T& value) {
      return printed_if_any<V>(context, print, words, got<V>(context, value, get));
    };
  }

  std::optional<Node> print(const PrintContext& context, const T& value) const {
    const T fresh = start_ ? *start_ : T{};
    FieldPrinter printer(*definition_);
    for (const bool last : {false, true}) {
      std::size_t index = 0;
      for (const Part& part : parts_) {
        if (part.field.empty()) continue;
        const FieldDefinition& field = definition_->fields[index++];
        if (part.printed_last != last) continue;
        std::optional<Node> usual;
        if (part.unless_fresh) usual = part.print(context, fresh);
        printer.add(field, part.print(context, value), usual);
      }
    }
    return printer.take();
  }

  bool read(ReadContext& context, const Node& node, T& out, const TypeText& text) const {
    if (node.kind != NodeKind::kMap && !(node.kind == NodeKind::kEmpty && may_be_empty_)) {
      return mismatch(context, node, text);
    }
    if (start_) out = *start_;
    std::set<std::string> misspelt;
    bool good = check_members(context, node, misspelt);
    std::size_t index = 0;
    for (const Part& part : parts_) {
      if (part.field.empty()) {
        if (good || part.always) good = part.read(context, node, out) && good;
        continue;
      }
      const FieldDefinition& field = definition_->fields[index++];
      const Member* member = node.find(field.name);
      if (member == nullptr) {
        if (field.required && misspelt.count(field.name) > 0) {
          good = false;
        } else if (field.required) {
          good = context.error(node, fmt::format("field `{}` is missing; expected {}", field.name,
                                                 field.type.expected));
        }
        continue;
      }
      const ReadContext::Scope scope(context, field.name);
      good = part.read(context, member->value, out) && good;
    }
    return good;
  }

  // Unknown fields, and the rule of the choices. `misspelt` gets the fields that were probably
  // meant, about which nothing more has to be said.
  bool check_members(ReadContext& context, const Node& node,
                     std::set<std::string>& misspelt) const {
    bool good = true;
    bool has_choices = false;
    const Member* chosen = nullptr;
    for (const FieldDefinition& field : definition_->fields) has_choices |= field.choice;
    for (const Member& member : node.members) {
      const FieldDefinition* known = nullptr;
      for (const FieldDefinition& field : definition_->fields) {
        if (field.name == member.key) known = &field;
      }
      if (known == nullptr) {
        std::string meant;
        good = context.error(member.key_position, unknown_field(member.key, *definition_, meant));
        misspelt.insert(std::move(meant));
        has_choices = false;  // the misspelt field may have been the choice
      } else if (known->choice && chosen != nullptr) {
        good = context.error(member.key_position, fmt::format("`{}` and `{}` cannot stand together",
                                                              chosen->key, member.key));
      } else if (known->choice) {
        chosen = &member;
      }
    }
    if (has_choices && chosen == nullptr) {
      good = context.error(node, fmt::format("expected one of {}", choices_of(*definition_)));
    }
    return good;
  }

  std::shared_ptr<Definition> definition_;
  std::vector<Part> parts_;
  std::shared_ptr<const T> start_;  // empty: T{}
  bool may_be_empty_ = false;
};

// ---------------------------------------------------------------- types from types

// The same words for another T. `convert`: (A&&) -> B or (ReadContext&, const Node&, A&&, B&) ->
// bool. `back`: (const B&) or (const PrintContext&, const B&) -> A or std::optional<A>; nothing:
// these words cannot say it.
template <class B, class A, class Convert, class Back>
[[nodiscard]] Type<B> mapped(const Type<A>& type, Convert convert, Back back) {
  return {type.text,
          [read = type.read, convert](ReadContext& context, const Node& node, B& out) {
            A value{};
            if (!read(context, node, value)) return false;
            if constexpr (std::is_invocable_r_v<bool, const Convert&, ReadContext&, const Node&,
                                                A&&, B&>) {
              return convert(context, node, std::move(value), out);
            } else {
              out = convert(std::move(value));
              return true;
            }
          },
          [print = type.print, back](const PrintContext& context,
                                     const B& value) -> std::optional<Node> {
            const std::optional<A> again = got<A>(context, value, back);
            return again ? print(context, *again) : std::nullopt;
          }};
}

struct ListBounds {
  std::size_t fewest = 1;
  std::size_t most = kMaxNodes;
};

template <class T>
[[nodiscard]] Type<std::vector<T>> list_of(const Type<T>& element, std::string expected,
                                           ListBounds bounds = {}) {
  TypeText text{"list of " + element.text.label, std::move(expected),
                boost::json::object{
                    {"type", "array"}, {"items", element.text.schema}, {"minItems", bounds.fewest}},
                element.text.mentions};
  if (bounds.most < kMaxNodes) text.schema.as_object()["maxItems"] = bounds.most;
  auto read = [read = element.read, text, bounds](ReadContext& context, const Node& node,
                                                  std::vector<T>& out) {
    if (node.kind != NodeKind::kList) return mismatch(context, node, text);
    if (node.items.size() < bounds.fewest) {
      return mismatch(context, node, text);
    }
    if (node.items.size() > bounds.most) {
      return context.error(node.items[bounds.most], fmt::format("expected {}; found a list of {}",
                                                                text.expected, node.items.size()));
    }
    bool good = true;
    out.reserve(node.items.size());
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const ReadContext::Scope scope(context, i);
      T value{};
      good = read(context, node.items[i], value) && good;
      out.push_back(std::move(value));
    }
    return good;
  };
  auto print = [print = element.print](const PrintContext& context,
                                       const std::vector<T>& values) -> std::optional<Node> {
    Node list = list_node({});
    for (const T& value : values) {
      std::optional<Node> printed = print(context, value);
      if (!printed) return std::nullopt;
      list.items.push_back(*std::move(printed));
    }
    return list;
  };
  return {text, std::move(read), std::move(print)};
}

// A value that may be written in several ways, told apart by its shape. Printed in the first one
// that has words for it.
template <class T>
struct Shapes {
  std::optional<Type<T>> scalar = {};
  std::optional<Type<T>> list = {};
  std::optional<Type<T>> map = {};
};

template <class T>
[[nodiscard]] Type<T> by_shape(const Shapes<T>& shapes) {
  TypeText text;
  boost::json::array alternatives;
  for (const auto* shape : {&shapes.scalar, &shapes.list, &shapes.map}) {
    if (!*shape) continue;
    const TypeText& one = (*shape)->text;
    if (!text.label.empty()) {
      text.label += " or ";
      text.expected += " or ";
    }
    text.label += one.label;
    text.expected += one.expected;
    alternatives.push_back(one.schema);
    text.mentions.insert(text.mentions.end(), one.mentions.begin(), one.mentions.end());
  }
  text.schema = boost::json::object{{"anyOf", alternatives}};
  return {text,
          [shapes, text](ReadContext& context, const Node& node, T& out) {
            const std::optional<Type<T>>* shape = nullptr;
            if (node.is_scalar()) shape = &shapes.scalar;
            if (node.kind == NodeKind::kList) shape = &shapes.list;
            if (node.kind == NodeKind::kMap) shape = &shapes.map;
            if (shape == nullptr || !*shape) return mismatch(context, node, text);
            return (*shape)->read(context, node, out);
          },
          [shapes](const PrintContext& context, const T& value) {
            std::optional<Node> printed;
            for (const auto* shape : {&shapes.scalar, &shapes.list, &shapes.map}) {
              if (!printed && *shape) printed = (*shape)->print(context, value);
            }
            return printed;
          }};
}

// Names of the file's own choosing, in the order of the file.
template <class T>
struct Named {
  std::string name;
  SourcePosition position = {};
  T value{};
};

template <class T>
[[nodiscard]] Type<std::vector<Named<T>>> map_of(const Type<T>& element, std::string label,
                                                 std::string expected) {
  TypeText text{
      std::move(label), std::move(expected),
      boost::json::object{
          {"type", "object"}, {"additionalProperties", element.text.schema}, {"minProperties", 1}},
      element.text.mentions};
  auto read = [read = element.read, text](ReadContext& context, const Node& node,
                                          std::vector<Named<T>>& out) {
    if (node.kind != NodeKind::kMap) return mismatch(context, node, text);
    if (node.members.empty()) return mismatch(context, node, text);
    bool good = true;
    for (const Member& member : node.members) {
      const ReadContext::Scope scope(context, member.key);
      Named<T> named{member.key, member.key_position, T{}};
      good = read(context, member.value, named.value) && good;
      out.push_back(std::move(named));
    }
    return good;
  };
  auto print = [print = element.print](const PrintContext& context,
                                       const std::vector<Named<T>>& values) -> std::optional<Node> {
    Node map;
    map.kind = NodeKind::kMap;
    for (const Named<T>& named : values) {
      std::optional<Node> printed = print(context, named.value);
      if (!printed) return std::nullopt;
      add_member(map, named.name, *std::move(printed));
    }
    return map;
  };
  return {text, std::move(read), std::move(print)};
}

}  // namespace gtsim::language
