#include "coordinator/live/cluster_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>

#include "coordinator/language/source_text.h"
#include "coordinator/language/yaml_node.h"
#include "region-node/file/read_file.h"

namespace gtsim {
namespace {

using language::Member;
using language::Node;
using language::NodeKind;

constexpr std::size_t kMostBytes = 1u << 20;

class Reader {
 public:
  explicit Reader(std::string path)
      : path_(std::move(path)), folder_(std::filesystem::path(path_).parent_path()) {}

  Result<ClusterFile> read() {
    const auto text = read_file(path_, kMostBytes);
    if (!text) return Error{Errc::kInput, fmt::format("{}: {}", path_, text.error().detail)};
    if (const auto error = language::check_text(*text)) {
      wrong(error->position, error->message);
    } else {
      const auto tree = language::parse_yaml(*text);
      if (const auto* tree_error = std::get_if<language::TreeError>(&tree)) {
        wrong(tree_error->position, tree_error->message);
      } else {
        read_members(std::get<Node>(tree));
      }
    }
    if (!errors_.empty()) {
      return Error{Errc::kInput, fmt::format("{}", fmt::join(errors_, "\n"))};
    }
    return std::move(file_);
  }

 private:
  using Read = std::function<void(const Node&)>;

  void wrong(const SourcePosition& position, const std::string& message) {
    errors_.push_back(fmt::format("{}:{}:{}: {}", path_, position.line, position.column, message));
  }

  void members(const Node& node, const std::vector<std::pair<std::string_view, Read>>& fields) {
    if (node.kind != NodeKind::kMap) {
      return wrong(node.position,
                   fmt::format("found {}, expected {{field: value, ...}}", describe(node)));
    }
    for (const Member& member : node.members) {
      const Read* read = nullptr;
      std::string known;
      for (const auto& [name, field] : fields) {
        known += (known.empty() ? "" : ", ") + std::string{name};
        if (name == member.key) read = &field;
      }
      if (read != nullptr) {
        (*read)(member.value);
      } else {
        wrong(member.key_position, fmt::format("unknown field {}; expected one of {}",
                                               language::quote_for_message(member.key), known));
      }
    }
  }
  Read text(std::string& out, const char* expected) {
    return [this, &out, expected](const Node& node) {
      if (node.is_scalar() && !node.text.empty()) {
        out = node.text;
      } else {
        wrong(node.position, fmt::format("found {}, expected {}", describe(node), expected));
      }
    };
  }
  Read address(std::string& out) {
    return [this, &out](const Node& node) {
      const std::size_t colon = node.text.rfind(':');
      const bool good = node.is_scalar() && colon != std::string::npos && colon > 0 &&
                        colon + 1 < node.text.size() &&
                        node.text.find_first_not_of("0123456789", colon + 1) == std::string::npos;
      if (good) {
        out = node.text;
      } else {
        wrong(node.position, fmt::format("found {}, expected host:port, for example "
                                         "10.0.0.1:4003",
                                         describe(node)));
      }
    };
  }

  void read_members(const Node& root) {
    members(root, {{"cluster", text(file_.cluster, "the name of the cluster")},
                   {"tls", [this](const Node& node) { read_tls(node); }},
                   {"regions", [this](const Node& node) { read_regions(node); }},
                   {"tables", [this](const Node& node) { read_tables(node); }}});
    if (errors_.empty() && file_.nodes.empty()) wrong(root.position, "it has no regions");
  }

  void read_tls(const Node& node) {
    TlsFiles& tls = file_.tls.emplace();
    members(node, {{"certificate", text(tls.certificate, "a path")},
                   {"key", text(tls.key, "a path")},
                   {"authority", text(tls.authority, "a path")}});
    for (std::string* path : {&tls.certificate, &tls.key, &tls.authority}) {
      if (path->empty()) {
        wrong(node.position, "certificate, key and authority are needed, all three");
        return;
      }
      *path = (folder_ / *path).string();
    }
  }

  void read_regions(const Node& node) {
    if (node.kind != NodeKind::kMap) {
      return wrong(node.position,
                   fmt::format("found {}, expected regions by name", describe(node)));
    }
    for (const Member& member : node.members) {
      ClusterFile::Node& region = file_.nodes[member.key];
      members(member.value, {{"control", address(region.control)},
                             {"replication", address(region.replication)},
                             {"http", address(region.http)}});
      if (region.control.empty() && errors_.empty()) {
        wrong(member.key_position, fmt::format("{} has no `control`", member.key));
      }
    }
  }

  void read_tables(const Node& node) {
    if (node.kind != NodeKind::kMap) {
      return wrong(node.position, fmt::format("found {}, expected tables with their keys, as in "
                                              "{{orders: {{PK: S, SK: N}}}}",
                                              describe(node)));
    }
    for (const Member& member : node.members) {
      const Node& key = member.value;
      std::vector<KeyAttribute> attributes;
      for (const Member& attribute : key.members) {
        const auto type = key_attribute_type(attribute.value.text);
        if (type) attributes.push_back({attribute.key, *type});
      }
      if (attributes.empty() || attributes.size() > 2 || attributes.size() != key.members.size()) {
        wrong(key.position, fmt::format("the key of {}: found {}, expected one or two attributes "
                                        "with their types, as in {{PK: S, SK: N}}",
                                        member.key, describe(key)));
        continue;
      }
      KeySchema schema;
      schema.hash = attributes[0];
      if (attributes.size() > 1) schema.range = attributes[1];
      file_.tables.emplace_back(member.key, std::move(schema));
    }
  }

  std::string path_;
  std::filesystem::path folder_;
  ClusterFile file_;
  std::vector<std::string> errors_;
};

}  // namespace

Result<ClusterFile> read_cluster_file(const std::string& path) {
  return Reader{path}.read();
}

}  // namespace gtsim
