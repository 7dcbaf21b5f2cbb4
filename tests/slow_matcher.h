// Event patterns matched the slow and obvious way, on trees, by trying everything. It shares
// nothing with coordinator/pattern, so that the two can be held against each other. What it leaves
// out is left out of the random patterns too: numbers that are not integers, and letters beyond
// ASCII in comparisons that ignore case.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gtsim::slow {

namespace json = boost::json;

// One scalar of the event and the array elements that it lies in: array -> element.
struct Occurrence {
  std::string path;
  json::value value;
  std::map<std::string, int> elements;
};

class Flattening {
 public:
  explicit Flattening(const json::value& event) { walk(event, "", true, {}); }

  std::vector<Occurrence> occurrences;

 private:
  using Elements = std::map<std::string, int>;

  void walk(const json::value& value, const std::string& path, bool at_root,
            const Elements& elements) {
    if (const json::object* object = value.if_object()) {
      for (const auto& member : *object) {
        const std::string name(member.key());
        walk(member.value(), at_root ? name : path + "." + name, false, elements);
      }
    } else if (const json::array* array = value.if_array()) {
      std::string place = path;
      for (const auto& [key, element] : elements) place += "/" + std::to_string(element);
      walk_array(*array, path, at_root, place, elements);
    } else {
      occurrences.push_back({path, value, elements});
    }
  }

  void walk_array(const json::array& array, const std::string& path, bool at_root,
                  const std::string& place, const Elements& elements) {
    for (const json::value& element : array) {
      if (element.is_object()) {
        Elements inside = elements;
        inside[place] = ++elements_seen_;
        walk(element, path, at_root, inside);
      } else if (element.is_array()) {
        walk_array(element.get_array(), path, at_root, place, elements);
      } else {
        walk(element, path, at_root, elements);
      }
    }
  }

  int elements_seen_ = 0;
};

inline bool is_text(const json::value& value) {
  return value.is_string();
}

inline std::string text_of(const json::value& value) {
  return std::string(value.get_string());
}

inline std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

inline bool like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (like(text.substr(i), pattern.substr(1))) return true;
    }
    return false;
  }
  const std::size_t escape = pattern.front() == '\\' ? 1 : 0;
  return !text.empty() && text.front() == pattern[escape] &&
         like(text.substr(1), pattern.substr(escape + 1));
}

inline bool begins(const std::string& text, const std::string& with) {
  return text.substr(0, with.size()) == with;
}

inline bool ends(const std::string& text, const std::string& with) {
  return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}

inline bool satisfies(const json::value& value, const json::value& condition);

inline bool affix(std::string_view op, const json::value& value, const json::value& operand) {
  if (!is_text(value)) return false;
  const bool folds = operand.is_object();
  const std::string with =
      folds ? lower(text_of(operand.at("equals-ignore-case"))) : text_of(operand);
  const std::string text = folds ? lower(text_of(value)) : text_of(value);
  return op == "prefix" ? begins(text, with) : ends(text, with);
}

inline bool compares(const json::value& value, const json::array& bounds) {
  if (!value.is_number()) return false;
  const double number = value.to_number<double>();
  for (std::size_t i = 0; i < bounds.size(); i += 2) {
    const std::string op = text_of(bounds[i]);
    const double bound = bounds[i + 1].to_number<double>();
    const bool holds = op == "="    ? number == bound
                       : op == "<"  ? number < bound
                       : op == "<=" ? number <= bound
                       : op == ">"  ? number > bound
                                    : number >= bound;
    if (!holds) return false;
  }
  return true;
}

// How many leading bits of two dotted quads are equal; other texts are no addresses.
inline bool in_block(const std::string& text, const std::string& block) {
  unsigned a[4], b[4], bits = 0;
  char extra = 0;
  if (std::sscanf(text.c_str(), "%u.%u.%u.%u%c", &a[0], &a[1], &a[2], &a[3], &extra) != 4) {
    return false;
  }
  std::sscanf(block.c_str(), "%u.%u.%u.%u/%u", &b[0], &b[1], &b[2], &b[3], &bits);
  for (unsigned i = 0; i < bits; ++i) {
    if ((a[i / 8] >> (7 - i % 8) & 1) != (b[i / 8] >> (7 - i % 8) & 1)) return false;
  }
  return true;
}

inline bool anything_but(const json::value& value, const json::value& operand) {
  const auto none = [&](const json::value& list, auto holds) {
    if (!list.is_array()) return !holds(list);
    for (const json::value& one : list.get_array()) {
      if (holds(one)) return false;
    }
    return true;
  };
  if (!operand.is_object()) {
    return none(operand, [&](const json::value& one) { return value == one; });
  }
  const std::string op(operand.get_object().begin()->key());
  return none(operand.get_object().begin()->value(), [&](const json::value& one) {
    return satisfies(value, json::object{{op, one}});
  });
}

// A present value against one alternative.
inline bool satisfies(const json::value& value, const json::value& condition) {
  const json::object* operation = condition.if_object();
  if (operation == nullptr) return value == condition;
  const std::string op(operation->begin()->key());
  const json::value& operand = operation->begin()->value();
  if (op == "exists") return operand.get_bool();
  if (op == "anything-but") return anything_but(value, operand);
  if (op == "numeric") return compares(value, operand.get_array());
  if (!is_text(value)) return false;
  if (op == "prefix" || op == "suffix") return affix(op, value, operand);
  if (op == "wildcard") return like(text_of(value), text_of(operand));
  if (op == "cidr") return in_block(text_of(value), text_of(operand));
  return lower(text_of(value)) == lower(text_of(operand));
}

// What must hold together, by path.
using Conjunction = std::vector<std::pair<std::string, json::array>>;

inline std::vector<Conjunction> both(const std::vector<Conjunction>& left,
                                     const std::vector<Conjunction>& right) {
  std::vector<Conjunction> out;
  for (const Conjunction& a : left) {
    for (const Conjunction& b : right) {
      out.push_back(a);
      out.back().insert(out.back().end(), b.begin(), b.end());
    }
  }
  return out;
}

inline bool is_alternatives(const json::value& value) {
  if (!value.is_array() || value.get_array().size() < 2) return false;
  for (const json::value& element : value.get_array()) {
    if (!element.is_object()) return false;
    for (const auto& member : element.get_object()) {
      for (const char* word : {"exists", "prefix", "suffix", "numeric", "anything-but", "wildcard",
                               "equals-ignore-case", "cidr", "exactly"}) {
        if (member.key() == word) return false;
      }
    }
  }
  return true;
}

inline void collect(const json::object& object, const std::string& path, bool at_root,
                    std::map<std::string, json::array>& leaves,
                    std::vector<std::vector<Conjunction>>& factors);

inline std::vector<Conjunction> disjunction(const json::object& object, const std::string& path,
                                            bool at_root) {
  std::map<std::string, json::array> leaves;
  std::vector<std::vector<Conjunction>> factors;
  collect(object, path, at_root, leaves, factors);
  std::vector<Conjunction> out = {Conjunction(leaves.begin(), leaves.end())};
  for (const auto& factor : factors) out = both(out, factor);
  return out;
}

inline void collect(const json::object& object, const std::string& path, bool at_root,
                    std::map<std::string, json::array>& leaves,
                    std::vector<std::vector<Conjunction>>& factors) {
  for (const auto& member : object) {
    const std::string name(member.key());
    if (name == "$or" && is_alternatives(member.value())) {
      std::vector<Conjunction> any;
      for (const json::value& branch : member.value().get_array()) {
        for (Conjunction& one : disjunction(branch.get_object(), path, at_root)) {
          any.push_back(std::move(one));
        }
      }
      factors.push_back(std::move(any));
      continue;
    }
    const std::string inner = at_root ? name : path + "." + name;
    if (member.value().is_object()) {
      collect(member.value().get_object(), inner, false, leaves, factors);
    } else {
      leaves[inner] = member.value().get_array();
    }
  }
}

inline bool agree(const std::map<std::string, int>& a, const std::map<std::string, int>& b) {
  for (const auto& [array, element] : a) {
    const auto other = b.find(array);
    if (other != b.end() && other->second != element) return false;
  }
  return true;
}

// Is there a choice of values for the leaves from `index` on that agrees with those chosen before?
inline bool choose(const Conjunction& leaves, std::size_t index,
                   const std::vector<Occurrence>& occurrences,
                   const std::map<std::string, int>& chosen) {
  if (index == leaves.size()) return true;
  const auto& [path, conditions] = leaves[index];
  bool present = false;
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.path != path) continue;
    present = true;
    if (!agree(chosen, occurrence.elements)) continue;
    for (const json::value& condition : conditions) {
      if (!satisfies(occurrence.value, condition)) continue;
      auto more = chosen;
      more.insert(occurrence.elements.begin(), occurrence.elements.end());
      if (choose(leaves, index + 1, occurrences, more)) return true;
      break;
    }
  }
  if (present) return false;
  for (const json::value& condition : conditions) {
    if (condition.is_object() && condition.get_object().contains("exists") &&
        !condition.at("exists").get_bool()) {
      return choose(leaves, index + 1, occurrences, chosen);
    }
  }
  return false;
}

// REQUIRES: a good pattern.
inline bool matches(const json::object& pattern, const std::vector<Occurrence>& occurrences) {
  for (const Conjunction& one : disjunction(pattern, "", true)) {
    if (choose(one, 0, occurrences, {})) return true;
  }
  return false;
}

}  // namespace gtsim::slow
