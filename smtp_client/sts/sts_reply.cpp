#include "smtp_client/sts/sts_reply.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "mail/address.hpp"
#include "runtime/chunked_http.hpp"
#include "smtp_client/sts/sts_policy.hpp"
#include "smtp_client/sts/sts_syntax.hpp"

namespace greyhound::smtp {

namespace http = boost::beast::http;

namespace {

Error bad(const std::string& what) {
  return {Fault::protocol, "HTTP response: " + what};
}

std::string_view value_of(const http::response<http::string_body>& response, http::field field) {
  const auto value = response[field];
  return {value.data(), value.size()};
}

// Parameters such as the character set may follow.
bool is_plain_text(std::string_view media_type) {
  return mail::lower_case(trim_blanks(media_type.substr(0, media_type.find(';')))) == "text/plain";
}

}  // namespace

struct StsReply::State {
  http::response_parser<http::string_body> parser;
  std::string unread;
  std::size_t raw_bytes = 0;
  bool is_judged = false;

  Result<> judge() const;
  bool has_enough() const;
};

bool StsReply::State::has_enough() const {
  const bool is_in_chunks = parser.is_header_done() && parser.chunked();
  return runtime::is_enough_to_parse(is_in_chunks, unread.size());
}

// Of the header alone, so that nobody waits for the body of an error page.
Result<> StsReply::State::judge() const {
  const auto& response = parser.get();
  if (response.result_int() != 200) {
    return bad("status " + std::to_string(response.result_int()));
  }
  if (!is_plain_text(value_of(response, http::field::content_type))) {
    return bad("media type is not text/plain");
  }
  const auto coding = mail::lower_case(value_of(response, http::field::content_encoding));
  if (!coding.empty() && coding != "identity") return bad("the body is compressed");
  if (parser.need_eof()) return bad("no length of the body");
  return {};
}

StsReply::StsReply() : state_(std::make_unique<State>()) {
  state_->parser.eager(true);
  state_->parser.header_limit(max_header_bytes);
  state_->parser.body_limit(StsPolicy::max_policy_bytes);
}

StsReply::~StsReply() = default;

Result<bool> StsReply::take(std::string_view bytes) {
  auto& parser = state_->parser;
  state_->raw_bytes += bytes.size();
  if (state_->raw_bytes > max_raw_bytes) return bad("too long");
  state_->unread += bytes;
  while (state_->has_enough() && !parser.is_done()) {
    boost::system::error_code error;
    const auto taken = parser.put(boost::asio::buffer(state_->unread), error);
    state_->unread.erase(0, taken);
    const bool is_short = error == http::error::need_more;
    if (error && !is_short) return bad(error.message());
    if (parser.is_header_done() && !state_->is_judged) {
      if (const auto judged = state_->judge(); !judged) return judged.error();
      state_->is_judged = true;
    }
    if (is_short || taken == 0) break;
  }
  return parser.is_done();
}

std::string StsReply::body() const {
  return state_->parser.get().body();
}

}  // namespace greyhound::smtp
