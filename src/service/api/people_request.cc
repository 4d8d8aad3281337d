#include "service/api/people_request.h"

#include <algorithm>

#include "base/freed_memory.h"

namespace face_privacy {
namespace {

constexpr std::string_view kReferenceBegin = "reference[";
constexpr std::string_view kTokenField = "references";

// Of one person, as places in the request's list of parts.
struct Group {
  std::string name;
  std::vector<std::size_t> parts;
};

tl::unexpected<Problem> refusal(ProblemCode code, std::string detail) {
  return tl::unexpected(Problem{code, std::move(detail)});
}

OrProblem<std::vector<Group>> grouped(std::span<const ReferencePart> parts) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!is_name(parts[i].name)) {
      return refusal(ProblemCode::kInvalidOption,
                     "reference[NAME]: a name of 1 to 64 bytes of UTF-8 is needed");
    }
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [&](const Group& group) { return group.name == parts[i].name; });
    Group& group = known != groups.end() ? *known : groups.emplace_back(Group{parts[i].name, {}});
    group.parts.push_back(i);
    if (group.parts.size() > kMaxReferences) {
      return refusal(ProblemCode::kInvalidOption,
                     "reference[NAME]: at most 10 photos of one person are taken");
    }
  }
  if (groups.size() > kMaxPeople) {
    return refusal(ProblemCode::kInvalidOption,
                   "reference[NAME]: at most 64 people are looked for at a time");
  }
  return groups;
}

tl::unexpected<Problem> bad_reference(std::size_t index, ReferenceFault why) {
  Problem bad{ProblemCode::kBadReference,
              "reference " + std::to_string(index) + " of the request: " + std::string(sentence_of(why))};
  bad.reference = {index, name_of(why)};
  return tl::unexpected(std::move(bad));
}

}  // namespace

std::optional<std::string_view> person_of_part(std::string_view part_name) {
  if (!part_name.starts_with(kReferenceBegin) || !part_name.ends_with(']')) return std::nullopt;
  return part_name.substr(kReferenceBegin.size(), part_name.size() - kReferenceBegin.size() - 1);
}

OrProblem<std::string> take_token(std::vector<OptionField>& fields) {
  std::string token;
  const auto is_token = [](const OptionField& field) { return field.name == kTokenField; };
  const auto count = std::count_if(fields.begin(), fields.end(), is_token);
  if (count == 0) return token;
  if (count > 1) return refusal(ProblemCode::kDuplicateOption, "references: given more than once");
  const auto at = std::find_if(fields.begin(), fields.end(), is_token);
  token = std::move(at->value);
  fields.erase(at);
  if (token.empty()) return refusal(ProblemCode::kInvalidOption, "references: a token is needed");
  return token;
}

OrProblem<std::vector<Person>> learn_people(std::span<const ReferencePart> parts,
                                            const PhotoPipeline& pipeline, const StopCondition& stop) {
  const auto groups = grouped(parts);
  if (!groups) return tl::unexpected(groups.error());
  std::vector<Person> people;
  for (const Group& group : *groups) {
    std::vector<ByteView> photos;
    photos.reserve(group.parts.size());
    for (const std::size_t part : group.parts) photos.push_back(parts[part].photo);
    const auto looks = pipeline.look_at_references(photos, stop);
    if (!looks) return tl::unexpected(problem_of(looks.error()));
    if (const auto bad = first_bad(*looks)) return bad_reference(group.parts[bad->index], bad->why);
    people.push_back({group.name, face_of(*looks)});
  }
  return people;
}

OrProblem<std::vector<Person>> people_named(std::span<const ReferencePart> parts, const std::string& token,
                                            std::string_view holder, const PhotoPipeline& pipeline,
                                            const ReferenceTokens& tokens, const StopCondition& stop) {
  if (parts.empty() && token.empty()) return std::vector<Person>{};
  wipe_freed_memory();
  if (!pipeline.compares_people) return without_recognizer();
  if (!parts.empty() && !token.empty()) {
    return refusal(ProblemCode::kInvalidOption, "references: a token or photos, not both");
  }
  if (token.empty()) return learn_people(parts, pipeline, stop);
  auto people = tokens.open(token, holder, ReferenceTokens::Clock::now());
  if (people) return std::move(*people);
  return refusal(
      ProblemCode::kInvalidOption,
      "references: this token is not valid here, or no longer; send the photos to /v1/references again");
}

tl::unexpected<Problem> without_recognizer() {
  return refusal(ProblemCode::kNoRecognizer, "it runs without the weights that faces are compared with");
}

}  // namespace face_privacy
