#include "region-node/write/operation.h"

#include "region-node/base/mutant.h"

namespace gtsim {

Result<Image> Operation::evaluate(const Image& before, std::string_view key_bytes) const {
  if (condition != nullptr && !condition->empty() && !broken(Mutant::kConditionIgnored) &&
      !holds(*condition, before.bytes())) {
    return Error{Errc::kConditionFailed, "The conditional request failed"};
  }
  switch (kind) {
    case WriteKind::kCheck:
      return before;
    case WriteKind::kPut:
      return image;
    case WriteKind::kUpdate: {
      auto updated = apply_update(*update, before.bytes(), key_bytes);
      if (!updated) return updated.error();
      return updated->empty() ? Image{} : Image::make(*updated);
    }
    case WriteKind::kDelete:
      break;
  }
  return Image{};
}

}  // namespace gtsim
