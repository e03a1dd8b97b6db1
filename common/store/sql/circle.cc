#include "common/store/sql/circle.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace allmende::store::sql {
namespace {

constexpr double kEarthRadiusMetres = 6371008.8;  // mean radius, IUGG
constexpr double kDegree = std::numbers::pi / 180;

// The box around a circle, in degrees. Where it would cross a pole or the date line it is the whole belt.
struct Box {
  double south = -90;
  double north = 90;
  double west = -180;
  double east = 180;
};

Box BoxAround(const Circle& circle) {
  constexpr double kMargin = 1e-7;  // a centimetre, far more than the rounding of a double
  const double angle = circle.radius_metres / kEarthRadiusMetres;
  const double height = angle / kDegree + kMargin;
  Box box{.south = circle.center.latitude - height, .north = circle.center.latitude + height};
  if (box.south <= -90 || box.north >= 90) return box;
  const double width = std::asin(std::sin(angle) / std::cos(circle.center.latitude * kDegree)) / kDegree + kMargin;
  if (circle.center.longitude - width < -180 || circle.center.longitude + width > 180) return box;
  box.west = circle.center.longitude - width;
  box.east = circle.center.longitude + width;
  return box;
}

}  // namespace

absl::Status CheckCircle(const Circle& circle) {
  Violations violations;
  const Place& center = circle.center;
  if (!(std::abs(center.latitude) <= 90 && std::abs(center.longitude) <= 180)) {
    violations.Add(
        "center", Reason::OUT_OF_RANGE,
        {{"value", fmt::format("{} {}", center.latitude, center.longitude)}, {"range", "-90..90 -180..180"}});
  }
  if (!(circle.radius_metres >= 0 && circle.radius_metres <= 1e6)) {
    violations.Add("radius_metres", Reason::OUT_OF_RANGE,
                   {{"value", fmt::format("{}", circle.radius_metres)}, {"range", "0..1000000"}});
  }
  return violations.ToStatus();
}

void AppendPlacesInside(const Circle& circle, std::string_view places_table, std::string_view landscape,
                        std::string_view only, Statement& statement) {
  const Box box = BoxAround(circle);
  const double latitude = circle.center.latitude * kDegree;
  // Haversine, by the arc tangent that needs no guard against rounding above 1.
  statement << "(SELECT id, MIN(millimetres) AS millimetres FROM (SELECT id, CAST(floor(";
  statement.Bind(2000 * kEarthRadiusMetres) << " * atan2(sqrt(a), sqrt(abs(";
  statement.Bind(1.0) << " - a))) + ";
  statement.Bind(0.5) << ") AS BIGINT) AS millimetres FROM (SELECT id, power(sin((lat * ";
  statement.Bind(kDegree) << " - ";
  statement.Bind(latitude) << ") / ";
  statement.Bind(2.0) << "), ";
  statement.Bind(2.0) << ") + ";
  statement.Bind(std::cos(latitude)) << " * cos(lat * ";
  statement.Bind(kDegree) << ") * power(sin((lon * ";
  statement.Bind(kDegree) << " - ";
  statement.Bind(circle.center.longitude * kDegree) << ") / ";
  statement.Bind(2.0) << "), ";
  statement.Bind(2.0) << ") AS a FROM " << places_table << " WHERE landscape = ";
  statement.Bind(landscape) << " AND lat BETWEEN ";
  statement.Bind(box.south) << " AND ";
  statement.Bind(box.north) << " AND lon BETWEEN ";
  statement.Bind(box.west) << " AND ";
  statement.Bind(box.east);
  if (!only.empty()) statement << " AND id = " << only;
  statement << ") arcs) distances WHERE millimetres <= ";
  statement.Bind(std::int64_t{std::llround(circle.radius_metres * 1000)}) << " GROUP BY id)";
}

}  // namespace allmende::store::sql
