#include "coordinator/language/binding.h"

namespace gtsim::language {

FieldPrinter::FieldPrinter(const Definition& object) : object_(object) {
  map_.kind = NodeKind::kMap;
  for (const FieldDefinition& field : object.fields) has_choices_ |= field.choice;
}

void FieldPrinter::add(const FieldDefinition& field, std::optional<Node> printed,
                       const std::optional<Node>& usual) {
  if (!printed) {
    CHECK_DETAIL(!field.required, object_.name + ": " + field.name);
    return;
  }
  if (usual && same_content(*usual, *printed)) return;
  CHECK_DETAIL(!field.choice || !chosen_, object_.name + ": " + field.name);
  chosen_ = chosen_ || field.choice;
  add_member(map_, field.name, *std::move(printed));
}

std::optional<Node> FieldPrinter::take() {
  if (has_choices_ && !chosen_) return std::nullopt;
  return std::move(map_);
}

}  // namespace gtsim::language
