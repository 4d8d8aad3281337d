#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace face_privacy {

// Ends what is read from a socket after a while, and leaves the socket as it is, so that the client
// can still be told: Beast's own timeout closes it. Used on the socket's own thread.
class ReadDeadline {
 public:
  ReadDeadline(boost::asio::ip::tcp::socket& socket, std::chrono::steady_clock::duration allowed)
      : state_(std::make_shared<State>(socket)) {
    wait(state_, allowed);
  }
  ~ReadDeadline() {
    state_->over = true;
    boost::system::error_code ignored;
    (void)state_->timer.cancel(ignored);
  }
  ReadDeadline(const ReadDeadline&) = delete;
  ReadDeadline& operator=(const ReadDeadline&) = delete;

  bool passed() const { return state_->passed; }

 private:
  struct State {
    explicit State(boost::asio::ip::tcp::socket& read_from)
        : socket(read_from), timer(read_from.get_executor()) {}
    boost::asio::ip::tcp::socket& socket;
    boost::asio::steady_timer timer;
    bool over = false;
    bool passed = false;
  };

  static constexpr std::chrono::milliseconds kAgain{20};

  // Again and again, because an operation of several reads may just be between two of them.
  static void wait(const std::shared_ptr<State>& state, std::chrono::steady_clock::duration time) {
    state->timer.expires_after(time);
    state->timer.async_wait([state](const boost::system::error_code& error) {
      if (error || state->over) return;
      state->passed = true;
      boost::system::error_code ignored;
      (void)state->socket.cancel(ignored);
      wait(state, kAgain);
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace face_privacy
