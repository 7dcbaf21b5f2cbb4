// Talks to one region node, for tests that are scripts:
//   node_tool ADDRESS put TABLE KEY VALUE     prints the outcome
//   node_tool ADDRESS delete TABLE KEY        prints the outcome
//   node_tool ADDRESS get TABLE KEY           prints the value, or nothing
//   node_tool ADDRESS create TABLE            creates it with the key PK (S)
//   node_tool ADDRESS digest TABLE            prints the table's digest
//   node_tool ADDRESS connected               prints the regions to which a stream stands
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "proto/coordinator/v1/coordinator.grpc.pb.h"
#include "region-node/item/canonical.h"

namespace {

using gtsim::AttributeValue;
using gtsim::decode_item;
using gtsim::encode_item;
using gtsim::Item;
namespace wire = gtsim::coordinator::v1;

std::string item_of(std::initializer_list<std::pair<const char*, std::string>> attributes) {
  Item item;
  for (const auto& [name, text] : attributes) item.emplace(name, AttributeValue::string(text));
  return encode_item(item);
}

int fail(const grpc::Status& status) {
  std::fprintf(stderr, "%s\n", status.error_message().c_str());
  return 1;
}

int write(wire::RegionControl::Stub& stub, grpc::ClientContext& context, wire::Write what) {
  wire::WriteCall call;
  *call.add_writes() = std::move(what);
  wire::WriteResult result;
  if (const auto status = stub.Write(&context, call, &result); !status.ok()) return fail(status);
  std::printf("%s\n", wire::WriteOutcome_Name(result.outcome()).c_str());
  return 0;
}

wire::Write put_of(const std::string& table, const std::string& key, const std::string& value) {
  wire::Write write;
  write.set_kind(wire::PUT);
  write.set_table(table);
  write.set_image(item_of({{"PK", key}, {"v", value}}));
  return write;
}

wire::Write delete_of(const std::string& table, const std::string& key) {
  wire::Write write;
  write.set_kind(wire::DELETE);
  write.set_table(table);
  write.set_key(item_of({{"PK", key}}));
  return write;
}

int get(wire::RegionControl::Stub& stub, grpc::ClientContext& context, const std::string& table,
        const std::string& key) {
  wire::GetItemRequest request;
  request.set_table(table);
  request.set_key(item_of({{"PK", key}}));
  wire::GetItemResult result;
  if (const auto status = stub.GetItem(&context, request, &result); !status.ok()) {
    return fail(status);
  }
  if (result.item().image().empty()) return 0;
  const auto item = decode_item(result.item().image());
  if (!item) return 1;
  const auto value = item->find("v");
  if (value == item->end()) return 1;
  if (const auto* text = value->second.get_if<std::string>()) std::printf("%s\n", text->c_str());
  return 0;
}

int create(wire::RegionControl::Stub& stub, grpc::ClientContext& context,
           const std::string& table) {
  wire::Order order;
  wire::CreateTable& wanted = *order.mutable_create_table();
  wanted.set_table(table);
  wanted.mutable_hash()->set_name("PK");
  wanted.mutable_hash()->set_type("S");
  wanted.set_takes_us(0);
  wire::OrderResult result;
  const auto status = stub.Execute(&context, order, &result);
  return status.ok() ? 0 : fail(status);
}

int tell(const wire::RegionStatus& status, const std::string& what, const std::string& table) {
  if (what == "connected") {
    for (const wire::LinkStatus& link : status.links()) {
      if (link.state() == "connected") std::printf("%s\n", link.to().c_str());
    }
    return 0;
  }
  for (const wire::TableStatus& one : status.tables()) {
    if (one.name() == table) std::printf("%s\n", one.digest().c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) return 2;
  const auto stub = wire::RegionControl::NewStub(
      grpc::CreateChannel(words[0], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  context.set_wait_for_ready(true);
  if (words[1] == "put" && words.size() == 5) {
    return write(*stub, context, put_of(words[2], words[3], words[4]));
  }
  if (words[1] == "delete" && words.size() == 4) {
    return write(*stub, context, delete_of(words[2], words[3]));
  }
  if (words[1] == "create" && words.size() == 3) return create(*stub, context, words[2]);
  if (words[1] == "get" && words.size() == 4) return get(*stub, context, words[2], words[3]);
  const bool digest = words[1] == "digest" && words.size() == 3;
  if (!digest && words[1] != "connected") return 2;
  wire::GetStatusRequest request;
  request.set_with_digests(digest);
  wire::RegionStatus status;
  if (const auto answer = stub->GetStatus(&context, request, &status); !answer.ok()) {
    return fail(answer);
  }
  return tell(status, words[1], digest ? words[2] : "");
}
