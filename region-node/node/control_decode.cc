#include "region-node/node/control_decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "region-node/config/node_settings.h"
#include "region-node/item/canonical.h"
#include "region-node/item/item_size.h"

namespace gtsim {
namespace {

constexpr std::size_t kMaxAttributeNameBytes = 65'535;

Error at(const std::string& field, std::string_view what) {
  return validation_error(fmt::format("{}: {}", field, what));
}

// The service's words for a write by itself, the place for us.
Error at(const std::string& field, const Error& error) {
  return Error{error.code, fmt::format("{}: {}", field, error.detail)};
}

Result<Item> decode_attributes(const std::string& bytes, const std::string& field) {
  // Larger than any item can be; the exact limit comes with decoding.
  if (bytes.size() > 4 * std::size_t{kMaxItemSizeBytes}) return at(field, "larger than any item");
  auto item = decode_item(bytes);
  if (!item) return at(field, item.error());
  return item;
}

Result<void> check_attribute_name(const std::string& name, const std::string& field) {
  if (name.empty() || name.size() > kMaxAttributeNameBytes) {
    return at(field, "the name of an attribute has 1 to 65535 bytes");
  }
  return {};
}

// One write of a call.
class PartDecoder {
 public:
  PartDecoder(const control::Write& write, std::string field, const NodeConfig& config)
      : write_(write), field_(std::move(field)), config_(config) {}

  Result<DecodedPart> run() {
    auto table = find_table();
    if (!table) return table.error();
    part_.table = *table;
    definition_ = config_.tables.get(*table);
    schema_ = &definition_->key;
    part_.definition = definition_;
    Result<void> done;
    switch (write_.kind()) {
      case control::PUT:
        part_.kind = WriteKind::kPut;
        done = decode_put();
        break;
      case control::UPDATE:
        part_.kind = WriteKind::kUpdate;
        done = decode_update();
        break;
      case control::DELETE:
        part_.kind = WriteKind::kDelete;
        done = decode_key_alone();
        break;
      case control::CHECK:
        part_.kind = WriteKind::kCheck;
        done = decode_key_alone();
        break;
      default:
        return at(field_ + ".kind", fmt::format("{} is no kind of write; expected PUT, UPDATE, "
                                                "DELETE or CHECK",
                                                static_cast<int>(write_.kind())));
    }
    if (!done) return done.error();
    if (auto bare = refuse_strange_fields(); !bare) return bare.error();
    if (auto condition = decode_condition(); !condition) return condition.error();
    return std::move(part_);
  }

 private:
  Result<TableId> find_table() {
    auto table = decode_table(write_.table(), "table", config_);
    if (!table) return Error{table.error().code, field_ + "." + table.error().detail};
    return table;
  }

  // What another kind of write uses must be empty: the sender means something else than we read.
  Result<void> refuse_strange_fields() {
    if (part_.kind != WriteKind::kPut && !write_.image().empty()) {
      return at(field_ + ".image", "only a PUT has one");
    }
    if (part_.kind != WriteKind::kUpdate &&
        (!write_.set().empty() || !write_.add().empty() || write_.remove_size() > 0)) {
      return at(field_, "only an UPDATE has set, add or remove");
    }
    return {};
  }

  void take_key(const Item& key) {
    part_.key = encode_item(key);
    part_.partition_hash = partition_hash_of(*schema_, key);
  }

  Result<void> decode_put() {
    const std::string field = field_ + ".image";
    auto item = decode_attributes(write_.image(), field);
    if (!item) return item.error();
    auto key = extract_key(*schema_, *item);
    if (!key) return at(field, key.error());
    if (auto limits = check_item_limits(*item, SizeCheck::kPut); !limits) {
      return at(field, limits.error());
    }
    take_key(*key);
    if (!write_.key().empty() && write_.key() != part_.key) {
      return at(field_ + ".key", "differs from the key in the image");
    }
    part_.image = Image::make(write_.image());
    return {};
  }

  Result<void> decode_key_alone() {
    auto key = decode_key(write_.key(), field_ + ".key", *schema_);
    if (!key) return key.error();
    part_.partition_hash = partition_hash_of(*schema_, *key);
    part_.key = std::move(*key);
    return {};
  }

  Result<void> touch(const std::string& name, const std::string& field) {
    if (auto good = check_attribute_name(name, field); !good) return good;
    if (schema_->is_key_attribute(name)) {
      return at(field, fmt::format("One or more parameter values were invalid: Cannot update "
                                   "attribute {}. This attribute is part of the key",
                                   name));
    }
    if (!touched_.insert(name).second) {
      return at(field, in_backticks(name) + " is changed twice by this update");
    }
    return {};
  }

  Result<void> decode_update() {
    if (auto key = decode_key_alone(); !key) return key;
    auto update = std::make_unique<Update>();
    if (!write_.set().empty()) {
      const std::string field = field_ + ".set";
      auto set = decode_attributes(write_.set(), field);
      if (!set) return set.error();
      for (const auto& [name, value] : *set) {
        if (auto good = touch(name, field); !good) return good;
      }
      if (auto limits = check_item_limits(*set, SizeCheck::kUpdate); !limits) {
        return at(field, limits.error());
      }
      update->set = std::move(*set);
    }
    if (!write_.add().empty()) {
      const std::string field = field_ + ".add";
      auto add = decode_attributes(write_.add(), field);
      if (!add) return add.error();
      for (const auto& [name, value] : *add) {
        if (auto good = touch(name, field); !good) return good;
        const Number* number = value.get_if<Number>();
        if (number == nullptr) return at(field, in_backticks(name) + " is no number");
        update->add.emplace(name, *number);
      }
    }
    if (write_.remove_size() > kMaxRemovedAttributes) {
      return at(field_ + ".remove", fmt::format("{} attributes; at most {} are allowed",
                                                write_.remove_size(), kMaxRemovedAttributes));
    }
    for (const std::string& name : write_.remove()) {
      if (auto good = touch(name, field_ + ".remove"); !good) return good;
      update->remove.insert(name);
    }
    if (touched_.empty()) return at(field_, "an UPDATE needs set, add or remove");
    part_.update = std::move(update);
    return {};
  }

  Result<void> decode_condition() {
    if (write_.condition_size() == 0) return {};
    if (write_.condition_size() > kMaxConditionTerms) {
      return at(field_ + ".condition", fmt::format("{} terms; at most {} are allowed",
                                                   write_.condition_size(), kMaxConditionTerms));
    }
    auto condition = std::make_unique<Condition>();
    for (int i = 0; i < write_.condition_size(); ++i) {
      auto term = decode_term(write_.condition(i), fmt::format("{}.condition[{}]", field_, i));
      if (!term) return term.error();
      condition->push_back(std::move(*term));
    }
    part_.condition = std::move(condition);
    return {};
  }

  static Result<ConditionTerm> decode_term(const control::ConditionTerm& term,
                                           const std::string& field) {
    if (term.comparison() < control::EXISTS || term.comparison() > control::GREATER_OR_EQUAL) {
      return at(field + ".comparison",
                fmt::format("{} is no comparison", static_cast<int>(term.comparison())));
    }
    ConditionTerm out;
    // The two enumerations list the comparisons in the same order.
    out.comparison = static_cast<Comparison>(term.comparison() - control::EXISTS);
    if (auto good = check_attribute_name(term.attribute(), field + ".attribute"); !good) {
      return good.error();
    }
    out.attribute = term.attribute();
    const bool compares =
        out.comparison != Comparison::kExists && out.comparison != Comparison::kNotExists;
    if (!compares) {
      if (!term.operand().empty()) return at(field + ".operand", "nothing is compared here");
      return out;
    }
    auto operand = decode_attributes(term.operand(), field + ".operand");
    if (!operand) return operand.error();
    const auto value = operand->find("v");
    if (operand->size() != 1 || value == operand->end()) {
      return at(field + ".operand", "expected an item with the one attribute v");
    }
    out.operand = std::move(value->second);
    return out;
  }

  const control::Write& write_;
  const std::string field_;
  const NodeConfig& config_;
  std::shared_ptr<const NodeTable> definition_;
  const KeySchema* schema_ = nullptr;
  DecodedPart part_;
  std::set<std::string> touched_;
};

static_assert(control::GREATER_OR_EQUAL - control::EXISTS ==
              static_cast<int>(Comparison::kGreaterOrEqual));
static_assert(control::NOT_EQUAL - control::EXISTS == static_cast<int>(Comparison::kNotEqual));

}  // namespace

Result<TableId> decode_table(const std::string& name, const char* field, const NodeConfig& config) {
  if (const auto table = config.tables.find(name)) return *table;
  return validation_error(fmt::format("{}: no table is called {}", field, in_backticks(name)));
}

Result<std::string> decode_key(const std::string& bytes, const std::string& field,
                               const KeySchema& schema) {
  auto key = decode_attributes(bytes, field);
  if (!key) return key.error();
  if (auto checked = check_key(schema, *key); !checked) return at(field, checked.error());
  return bytes;
}

Result<DecodedWrite> decode_write(const control::WriteCall& call, const NodeConfig& config) {
  DecodedWrite out;
  out.transaction = call.transaction();
  const int most = out.transaction ? kMaxTransactionWrites : 1;
  if (call.writes_size() < 1 || call.writes_size() > most) {
    return at("writes", fmt::format("found {}, expected {}", call.writes_size(),
                                    out.transaction ? "1 to 100 in a transaction"
                                                    : "one outside a transaction"));
  }
  std::set<std::pair<TableId, std::string_view>> keys;
  out.parts.reserve(static_cast<std::size_t>(call.writes_size()));
  for (int i = 0; i < call.writes_size(); ++i) {
    const std::string field = fmt::format("writes[{}]", i);
    auto part = PartDecoder(call.writes(i), field, config).run();
    if (!part) return part.error();
    if (part->kind == WriteKind::kCheck && (!out.transaction || part->condition == nullptr)) {
      return at(field, "a CHECK needs a transaction and a condition");
    }
    out.parts.push_back(std::move(*part));
    if (!keys.emplace(out.parts.back().table, out.parts.back().key).second) {
      return at(field, "Transaction request cannot include multiple operations on one item");
    }
  }
  return out;
}

}  // namespace gtsim
