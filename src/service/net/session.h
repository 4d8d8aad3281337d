// One TCP connection: requests read, answered and logged, one after the other.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "service/net/session_environment.h"

namespace face_privacy {

// Runs on the socket's own executor, which one thread serves. `tls` may be null.
void start_session(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
                   bool on_metrics_listener, SessionEnvironment& environment);

}  // namespace face_privacy
