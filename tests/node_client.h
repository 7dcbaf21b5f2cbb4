// A small client of a node's control listener, for tests.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "proto/coordinator/v1/coordinator.grpc.pb.h"
#include "region-node/item/canonical.h"

namespace gtsim {

namespace wire = ::gtsim::coordinator::v1;

inline std::string text_item(const std::map<std::string, std::string>& attributes) {
  Item item;
  for (const auto& [name, text] : attributes) item.emplace(name, AttributeValue::string(text));
  return encode_item(item);
}

class NodeClient {
 public:
  explicit NodeClient(const std::string& address,
                      const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                          grpc::InsecureChannelCredentials())
      : channel_(grpc::CreateChannel(address, credentials)),
        stub_(wire::RegionControl::NewStub(channel_)) {}

  static void limit(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
  }

  [[nodiscard]] grpc::Status write(const wire::WriteCall& call, wire::WriteResult& result) {
    grpc::ClientContext context;
    limit(context);
    return stub_->Write(&context, call, &result);
  }
  // Puts {PK: key, v: value} and says "OK", another outcome, or the status.
  [[nodiscard]] std::string put(const std::string& key, const std::string& value,
                                const std::string& table = "t") {
    wire::WriteResult result;
    const grpc::Status status = write(put_call(key, value, table), result);
    return status.ok() ? wire::WriteOutcome_Name(result.outcome()) : status.error_message();
  }
  [[nodiscard]] static wire::WriteCall put_call(const std::string& key, const std::string& value,
                                                const std::string& table = "t") {
    wire::WriteCall call;
    wire::Write* put = call.add_writes();
    put->set_kind(wire::PUT);
    put->set_table(table);
    put->set_image(text_item({{"PK", key}, {"v", value}}));
    return call;
  }

  // The image of {PK: key}; empty when there is none.
  [[nodiscard]] std::string image(const std::string& key, const std::string& table = "t") {
    grpc::ClientContext context;
    limit(context);
    wire::GetItemRequest request;
    request.set_table(table);
    request.set_key(text_item({{"PK", key}}));
    wire::GetItemResult result;
    const grpc::Status status = stub_->GetItem(&context, request, &result);
    return status.ok() ? result.item().image() : "error: " + status.error_message();
  }

  [[nodiscard]] grpc::Status execute(const wire::Order& order) {
    grpc::ClientContext context;
    limit(context);
    wire::OrderResult result;
    return stub_->Execute(&context, order, &result);
  }
  [[nodiscard]] grpc::Status set_peer(const std::string& region, const std::string& address) {
    wire::Order order;
    order.mutable_set_peer()->set_region(region);
    order.mutable_set_peer()->set_address(address);
    return execute(order);
  }

  [[nodiscard]] wire::RegionStatus status(bool with_digests = false) {
    grpc::ClientContext context;
    limit(context);
    wire::GetStatusRequest request;
    request.set_with_digests(with_digests);
    wire::RegionStatus status;
    (void)stub_->GetStatus(&context, request, &status);
    return status;
  }

  [[nodiscard]] std::vector<wire::StoredItem> scan(const std::string& table = "t") {
    grpc::ClientContext context;
    limit(context);
    wire::ScanTableRequest request;
    request.set_table(table);
    const auto reader = stub_->ScanTable(&context, request);
    std::vector<wire::StoredItem> items;
    wire::ScanTablePage page;
    while (reader->Read(&page)) items.insert(items.end(), page.items().begin(), page.items().end());
    EXPECT_TRUE(reader->Finish().ok());
    return items;
  }
  [[nodiscard]] std::vector<wire::ReadStreamPage> read_stream(const std::string& table = "t") {
    grpc::ClientContext context;
    limit(context);
    wire::ReadStreamRequest request;
    request.set_table(table);
    const auto reader = stub_->ReadStream(&context, request);
    std::vector<wire::ReadStreamPage> pages;
    wire::ReadStreamPage page;
    while (reader->Read(&page)) pages.push_back(page);
    EXPECT_TRUE(reader->Finish().ok());
    return pages;
  }

  [[nodiscard]] wire::RegionControl::Stub& stub() { return *stub_; }
  [[nodiscard]] const std::shared_ptr<grpc::Channel>& channel() { return channel_; }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<wire::RegionControl::Stub> stub_;
};

}  // namespace gtsim
