// The walking half of replay_json.h: where things stand in a text that is known to be JSON.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "coordinator/workload/replay_json.h"
#include "region-node/base/check.h"

namespace gtsim::replay {
namespace {

// A walk over valid JSON, without building anything. Recursion of its users is bounded by
// kMaxJsonDepth, because the text has been parsed.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) { skip_blanks(); }

  [[nodiscard]] std::size_t offset() const { return at_; }
  [[nodiscard]] char peek() const {
    CHECK(at_ < text_.size());
    return text_[at_];
  }

  void skip_value() {
    int depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        (void)string();
      } else if (std::string_view{"{}[],: \t\r\n"}.find(c) == std::string_view::npos) {
        skip_scalar();
      } else {
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at_;
      }
    } while (depth > 0);
    skip_blanks();
  }

  // REQUIRES: peek() == '{'. `visit(offset of the name, name)` consumes the value.
  template <class Visit>
  void members(Visit visit) {
    open('{');
    while (peek() != '}') {
      const std::size_t place = at_;
      const std::string name = unescape(string());
      open(':');
      visit(place, name);
      if (peek() == ',') open(',');
    }
    open('}');
  }

  // REQUIRES: peek() == '['. `visit(index)` consumes the value.
  template <class Visit>
  void elements(Visit visit) {
    open('[');
    for (std::size_t index = 0; peek() != ']'; ++index) {
      visit(index);
      if (peek() == ',') open(',');
    }
    open(']');
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void open(char expected) {
    CHECK(peek() == expected);
    ++at_;
    skip_blanks();
  }

  // With its quotes, still escaped.
  std::string_view string() {
    CHECK(peek() == '"');
    const std::size_t from = at_++;
    while (peek() != '"') at_ += peek() == '\\' ? 2 : 1;
    ++at_;
    const std::string_view found = text_.substr(from, at_ - from);
    skip_blanks();
    return found;
  }

  static std::string unescape(std::string_view quoted) {
    if (quoted.find('\\') == std::string_view::npos) {
      return std::string{quoted.substr(1, quoted.size() - 2)};
    }
    const boost::json::value value = boost::json::parse({quoted.data(), quoted.size()});
    return std::string{view(value.as_string())};
  }

  void skip_scalar() { at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size()); }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Place {
  std::size_t offset = 0;
  std::size_t unmatched = 0;  // bytes of the message that name nothing here
};

bool ends_name(std::string_view rest) {
  return rest.empty() || rest.front() == '.' || rest.front() == '[' || rest.front() == ':';
}

// What is left of `rest` after the part that names this member; nothing when it names another.
std::optional<std::string_view> without_name(std::string_view rest, std::string_view name,
                                             bool at_root) {
  if (!at_root) {
    if (!rest.starts_with('.')) return std::nullopt;
    rest.remove_prefix(1);
  }
  if (!rest.starts_with(name)) return std::nullopt;
  rest.remove_prefix(name.size());
  if (!ends_name(rest)) return std::nullopt;
  return rest;
}

// Names may hold dots and colons, so of several ways to read the path the longest counts.
Place descend(Walk& walk, std::size_t place, std::string_view rest, bool at_root) {
  Place best{place, rest.size()};
  const auto enter = [&](std::size_t inner, std::optional<std::string_view> left) {
    if (!left) {
      walk.skip_value();
      return;
    }
    const Place found = descend(walk, inner, *left, /*at_root=*/false);
    if (found.unmatched < best.unmatched) best = found;
  };
  if (walk.peek() == '{') {
    walk.members([&](std::size_t name_offset, std::string_view name) {
      enter(name_offset, without_name(rest, name, at_root));
    });
  } else if (walk.peek() == '[') {
    walk.elements([&](std::size_t index) {
      const std::string subscript = fmt::format("[{}]", index);
      const bool here = rest.starts_with(subscript);
      enter(walk.offset(), here ? std::optional(rest.substr(subscript.size())) : std::nullopt);
    });
  } else {
    walk.skip_value();
  }
  return best;
}

std::string duplicate_in(Walk& walk) {
  std::string found;
  if (walk.peek() == '{') {
    std::vector<std::string> names;
    walk.members([&](std::size_t, const std::string& name) {
      names.push_back(name);
      const std::string inner = duplicate_in(walk);
      if (found.empty() && !inner.empty()) {
        found = name + (inner.starts_with('[') ? "" : ".") + inner;
      }
    });
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) found = *twice;
  } else if (walk.peek() == '[') {
    walk.elements([&](std::size_t index) {
      const std::string inner = duplicate_in(walk);
      if (found.empty() && !inner.empty()) {
        found = fmt::format("[{}]", index) + (inner.starts_with('[') ? "" : ".") + inner;
      }
    });
  } else {
    walk.skip_value();
  }
  return found;
}

}  // namespace

std::size_t find_place(std::string_view text, std::string_view message) {
  Walk walk(text);
  return descend(walk, walk.offset(), message, /*at_root=*/true).offset;
}

std::string find_duplicate(std::string_view text) {
  Walk walk(text);
  return duplicate_in(walk);
}

std::vector<std::size_t> element_offsets(std::string_view text, std::string_view member) {
  std::vector<std::size_t> offsets;
  Walk walk(text);
  const auto collect = [&] {
    offsets.clear();
    walk.elements([&](std::size_t) {
      offsets.push_back(walk.offset());
      walk.skip_value();
    });
  };
  if (walk.peek() == '[') {
    collect();
  } else if (walk.peek() == '{') {
    walk.members([&](std::size_t, std::string_view name) {
      if (name == member && walk.peek() == '[') {
        collect();
      } else {
        walk.skip_value();
      }
    });
  }
  return offsets;
}

}  // namespace gtsim::replay
