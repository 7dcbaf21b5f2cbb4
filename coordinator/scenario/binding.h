// The small language in which the scenario language is defined. A Type<T> says at once how a value
// is read into a T and how schema and reference describe it; an Object<T> binds named fields to a
// T.
//
//   Object<ClockSpec> clock("clock", "How the region's clock goes wrong.");
//   clock.field("offset", signed_duration(), &ClockSpec::offset,
//               {.doc = "Added to the right time.", .default_text = "0s"});
//   const Type<ClockSpec> type = clock.build();
//
// Readers return false after giving at least one message to the context.
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

#include "coordinator/scenario/definition.h"
#include "coordinator/scenario/read_context.h"
#include "region-node/base/check.h"

namespace gtsim::language {

template <class T>
struct Type {
  TypeText text;
  std::function<bool(ReadContext&, const Node&, T&)> read;
};

inline bool mismatch(ReadContext& context, const Node& node, const TypeText& type) {
  return context.error(node, fmt::format("expected {}; found {}", type.expected, describe(node)));
}

// The words around a field.
struct FieldText {
  std::string doc = {};
  std::string default_text = {};
  bool required = false;
  std::string example = {};
};

template <class T>
class Object {
 public:
  Object(std::string name, std::string doc) : definition_(std::make_shared<Definition>()) {
    definition_->name = std::move(name);
    definition_->doc = std::move(doc);
    definition_->is_object = true;
  }

  // `target` is a member of T (of type V or something that V converts to) or a function
  // (T&, V&&) -> void or (ReadContext&, const Node&, T&, V&&) -> bool.
  template <class V, class Target>
  Object& field(const std::string& name, const Type<V>& type, Target target, FieldText text) {
    return add(name, type, std::move(target), std::move(text), /*choice=*/false);
  }
  // One of several fields of which exactly one must be there.
  template <class V, class Target>
  Object& choice(const std::string& name, const Type<V>& type, Target target, FieldText text) {
    return add(name, type, std::move(target), std::move(text), /*choice=*/true);
  }
  // Runs after the fields declared so far. A check of the whole object: skipped after an error.
  Object& then(std::function<bool(ReadContext&, const Node&, T&)> step) {
    parts_.push_back({false, {}, std::move(step)});
    return *this;
  }
  // The same, but runs in any case: for what later fields need.
  Object& always(std::function<bool(ReadContext&, const Node&, T&)> step) {
    parts_.push_back({true, {}, std::move(step)});
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
    return {text, [self, text](ReadContext& context, const Node& node, T& out) {
              return self->read(context, node, out, text);
            }};
  }
  [[nodiscard]] DefinitionPtr definition() const { return definition_; }

 private:
  struct Part {
    bool always = false;
    std::string field;  // empty: a step of its own
    std::function<bool(ReadContext&, const Node&, T&)> read;
  };

  template <class V, class Target>
  Object& add(const std::string& name, const Type<V>& type, Target target, FieldText text,
              bool choice) {
    FieldDefinition field;
    field.name = name;
    field.type = type.text;
    field.doc = std::move(text.doc);
    field.default_text = std::move(text.default_text);
    field.required = text.required;
    field.choice = choice;
    field.example = std::move(text.example);
    definition_->fields.push_back(std::move(field));
    parts_.push_back(
        {false, name, [read = type.read, target](ReadContext& context, const Node& node, T& out) {
           V value{};
           if (!read(context, node, value)) return false;
           return store(context, node, out, std::move(value), target);
         }});
    return *this;
  }

  template <class V, class Target>
  static bool store(ReadContext& context, const Node& node, T& out, V&& value,
                    const Target& target) {
    if constexpr (std::is_member_object_pointer_v<Target>) {
      out.*target = std::forward<V>(value);
      return true;
    } else if constexpr (std::is_invocable_r_v<bool, Target, ReadContext&, const Node&, T&, V&&>) {
      return target(context, node, out, std::forward<V>(value));
    } else {
      target(out, std::forward<V>(value));
      return true;
    }
  }

  bool read(ReadContext& context, const Node& node, T& out, const TypeText& text) const {
    if (node.kind != NodeKind::kMap && !(node.kind == NodeKind::kEmpty && may_be_empty_)) {
      return mismatch(context, node, text);
    }
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
  bool may_be_empty_ = false;
};

// ---------------------------------------------------------------- types from types

// The same words for another T.
template <class B, class A, class Convert>
[[nodiscard]] Type<B> mapped(const Type<A>& type, Convert convert) {
  return {
      type.text, [read = type.read, convert](ReadContext& context, const Node& node, B& out) {
        A value{};
        if (!read(context, node, value)) return false;
        if constexpr (std::is_invocable_r_v<bool, Convert, ReadContext&, const Node&, A&&, B&>) {
          return convert(context, node, std::move(value), out);
        } else {
          out = convert(std::move(value));
          return true;
        }
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
  return {text, std::move(read)};
}

// A value that may be written in several ways, told apart by its shape.
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
  return {text, [shapes, text](ReadContext& context, const Node& node, T& out) {
            const std::optional<Type<T>>* shape = nullptr;
            if (node.is_scalar()) shape = &shapes.scalar;
            if (node.kind == NodeKind::kList) shape = &shapes.list;
            if (node.kind == NodeKind::kMap) shape = &shapes.map;
            if (shape == nullptr || !*shape) return mismatch(context, node, text);
            return (*shape)->read(context, node, out);
          }};
}

// Names of the file's own choosing, in the order of the file.
template <class T>
struct Named {
  std::string name;
  SourcePosition position;
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
  return {text, std::move(read)};
}

}  // namespace gtsim::language
