// What the handlers answer with.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "report/report_json.h"
#include "service/api/problem.h"
#include "service/http/http_message.h"

namespace face_privacy {

inline tl::unexpected<Problem> problem(ProblemCode code, std::string detail) {
  return tl::unexpected(Problem{code, std::move(detail)});
}

inline Response json_response(const boost::json::object& body) {
  Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = Body(to_text(body));
  return response;
}

}  // namespace face_privacy
