#include "coordinator/live/control_client.h"

#include <fmt/format.h>

#include "coordinator/live/control_channel.h"
#include "region-node/file/read_file.h"

namespace gtsim {
namespace {

Result<std::string> read_pem(const std::string& path) {
  constexpr std::size_t kMostBytes = 1U << 20;
  auto text = read_file(path, kMostBytes);
  if (!text) return Error{Errc::kIo, fmt::format("{}: {}", path, text.error().detail)};
  return text;
}

Result<std::shared_ptr<grpc::ChannelCredentials>> credentials(const std::optional<TlsFiles>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  auto authority = read_pem(tls->authority);
  if (!authority) return authority.error();
  auto certificate = read_pem(tls->certificate);
  if (!certificate) return certificate.error();
  auto key = read_pem(tls->key);
  if (!key) return key.error();
  options.pem_root_certs = *authority;
  options.pem_cert_chain = *certificate;
  options.pem_private_key = *key;
  return grpc::SslCredentials(options);
}

Error to_error(const grpc::Status& status, const std::string& address) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return Error{Errc::kValidation, status.error_message()};
    case grpc::StatusCode::FAILED_PRECONDITION:
      return Error{Errc::kResourceInUse, status.error_message()};
    case grpc::StatusCode::NOT_FOUND:
      return Error{Errc::kResourceNotFound, status.error_message()};
    case grpc::StatusCode::ABORTED:
      return Error{Errc::kUnavailable, status.error_message()};
    case grpc::StatusCode::UNAVAILABLE:
      return Error{Errc::kUnavailable,
                   fmt::format("{} cannot be reached: {}", address, status.error_message())};
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Error{Errc::kUnavailable, fmt::format("{} does not answer in time", address)};
    default:
      return Error{Errc::kIo,
                   fmt::format("{}: {} (gRPC status {})", address, status.error_message(),
                               static_cast<int>(status.error_code()))};
  }
}

void set_deadline(grpc::ClientContext& context, ControlClient::Limit limit) {
  context.set_deadline(std::chrono::system_clock::now() + limit);
}

}  // namespace

ControlClient::ControlClient(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}
ControlClient::~ControlClient() = default;

Result<std::unique_ptr<ControlClient>> ControlClient::make(const std::string& address,
                                                           const std::optional<TlsFiles>& tls) {
  auto own = credentials(tls);
  if (!own) return own.error();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // pages of records may hold many large items
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A node that has been started again is dialled at once, whatever an earlier channel remembers.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  // Also how long one attempt may take; a busy machine needs its time.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  auto channel = std::make_unique<Channel>();
  channel->address = address;
  channel->stub = wire::RegionControl::NewStub(grpc::CreateCustomChannel(address, *own, arguments));
  return std::unique_ptr<ControlClient>(new ControlClient(std::move(channel)));
}

const std::string& ControlClient::address() const {
  return channel_->address;
}

Result<wire::RegionStatus> ControlClient::status(bool with_digests, Limit limit) {
  grpc::ClientContext context;
  set_deadline(context, limit);
  wire::GetStatusRequest request;
  request.set_with_digests(with_digests);
  wire::RegionStatus answer;
  const grpc::Status status = channel_->stub->GetStatus(&context, request, &answer);
  if (!status.ok()) return to_error(status, address());
  return answer;
}

Result<std::string> ControlClient::execute(const wire::Order& order, Limit limit) {
  grpc::ClientContext context;
  set_deadline(context, limit);
  wire::OrderResult answer;
  const grpc::Status status = channel_->stub->Execute(&context, order, &answer);
  if (!status.ok()) return to_error(status, address());
  return answer.detail();
}

Result<wire::WriteResult> ControlClient::write(const wire::WriteCall& call, Limit limit) {
  grpc::ClientContext context;
  set_deadline(context, limit);
  wire::WriteResult answer;
  const grpc::Status status = channel_->stub->Write(&context, call, &answer);
  if (!status.ok()) return to_error(status, address());
  return answer;
}

Result<wire::StoredItem> ControlClient::get_item(const std::string& table, const std::string& key,
                                                 Limit limit) {
  grpc::ClientContext context;
  set_deadline(context, limit);
  wire::GetItemRequest request;
  request.set_table(table);
  request.set_key(key);
  wire::GetItemResult answer;
  const grpc::Status status = channel_->stub->GetItem(&context, request, &answer);
  if (!status.ok()) return to_error(status, address());
  return answer.item();
}

Result<void> ControlClient::scan_table(const std::string& table,
                                       const std::function<void(const wire::ScanTablePage&)>& page,
                                       Limit limit) {
  grpc::ClientContext context;
  set_deadline(context, limit);
  wire::ScanTableRequest request;
  request.set_table(table);
  auto reader = channel_->stub->ScanTable(&context, request);
  wire::ScanTablePage answer;
  while (reader->Read(&answer)) page(answer);
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return to_error(status, address());
  return {};
}

Result<void> ControlClient::read_stream(
    const std::string& table, const std::function<void(const wire::ReadStreamPage&)>& page,
    Limit limit) {
  grpc::ClientContext context;
  set_deadline(context, limit);
  wire::ReadStreamRequest request;
  request.set_table(table);
  auto reader = channel_->stub->ReadStream(&context, request);
  wire::ReadStreamPage answer;
  while (reader->Read(&answer)) page(answer);
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return to_error(status, address());
  return {};
}

}  // namespace gtsim
