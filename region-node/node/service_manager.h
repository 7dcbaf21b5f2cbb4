// Tells systemd how the service is doing, by the protocol of sd_notify(3): datagrams on the socket
// that $NOTIFY_SOCKET names. Nothing happens where there is none.
#pragma once

#include <string>
#include <string_view>

namespace gtsim {

// `state`: "READY=1", "STOPPING=1", "STATUS=…". False when there is a socket and it did not take
// it.
bool notify_service_manager(std::string_view state);
// The same with the socket given; exposed for tests.
bool notify_service_manager(const std::string& socket_path, std::string_view state);

}  // namespace gtsim
