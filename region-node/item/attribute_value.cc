#include "region-node/item/attribute_value.h"

namespace gtsim {

const char* type_name(AttributeType type) {
  switch (type) {
    case AttributeType::kS:
      return "S";
    case AttributeType::kN:
      return "N";
    case AttributeType::kB:
      return "B";
    case AttributeType::kBool:
      return "BOOL";
    case AttributeType::kNull:
      return "NULL";
    case AttributeType::kSS:
      return "SS";
    case AttributeType::kNS:
      return "NS";
    case AttributeType::kBS:
      return "BS";
    case AttributeType::kL:
      return "L";
    case AttributeType::kM:
      return "M";
  }
  return "?";
}

}  // namespace gtsim
