#include "region-node/write/update.h"

#include <fmt/format.h>

#include "region-node/item/canonical.h"
#include "region-node/item/item_size.h"

namespace gtsim {

Result<std::string> apply_update(const Update& update, std::string_view old_bytes,
                                 std::string_view key_bytes) {
  const bool creates = old_bytes.empty();
  if (creates && update.set.empty() && update.add.empty()) return std::string{};
  auto decoded = decode_item(creates ? key_bytes : old_bytes);
  if (!decoded) return decoded.error();
  Item item = std::move(*decoded);
  for (const auto& [name, value] : update.set) item.insert_or_assign(name, value);
  for (const auto& [name, amount] : update.add) {
    const auto found = item.find(name);
    if (found == item.end()) {
      item.emplace(name, AttributeValue::number(amount));
      continue;
    }
    const Number* held = found->second.get_if<Number>();
    if (held == nullptr) {
      return validation_error("An operand in the update expression has an incorrect data type");
    }
    auto sum = held->plus(amount);
    if (!sum) return sum.error();
    found->second = AttributeValue::number(*sum);
  }
  for (const auto& name : update.remove) {
    if (const auto found = item.find(name); found != item.end()) item.erase(found);
  }
  if (auto checked = check_item_limits(item, SizeCheck::kUpdate); !checked) return checked.error();
  return encode_item(item);
}

}  // namespace gtsim
