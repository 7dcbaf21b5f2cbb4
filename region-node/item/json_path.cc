#include "region-node/item/json_path.h"

#include <fmt/format.h>

namespace gtsim {

std::string JsonPath::to_string() const {
  if (parent_ == nullptr) return std::string{name_};
  std::string text = parent_->to_string();
  if (name_.data() == nullptr) return text + fmt::format("[{}]", index_);
  if (!text.empty()) text += '.';
  return text.append(name_);
}

}  // namespace gtsim
