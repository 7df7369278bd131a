// Units as types: a bare double never crosses an interface without saying what it measures.
// SI only; microjoules exist where a person reads, nowhere else.
#pragma once

#include <compare>

namespace jr {

/// A physical quantity in its SI unit. Adds and compares with its own kind only.
template <class Dimension>
struct Quantity {
  double value{};

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator-() const { return {-value}; }
  constexpr Quantity& operator+=(Quantity other) { value += other.value; return *this; }
  constexpr Quantity& operator-=(Quantity other) { value -= other.value; return *this; }
};

template <class D>
constexpr Quantity<D> operator+(Quantity<D> a, Quantity<D> b) { return {a.value + b.value}; }
template <class D>
constexpr Quantity<D> operator-(Quantity<D> a, Quantity<D> b) { return {a.value - b.value}; }
template <class D>
constexpr Quantity<D> operator*(double k, Quantity<D> a) { return {k * a.value}; }
template <class D>
constexpr Quantity<D> operator*(Quantity<D> a, double k) { return {a.value * k}; }
template <class D>
constexpr Quantity<D> operator/(Quantity<D> a, double k) { return {a.value / k}; }
template <class D>
constexpr double operator/(Quantity<D> a, Quantity<D> b) { return a.value / b.value; }

using Ampere = Quantity<struct CurrentDimension>;
using Volt = Quantity<struct VoltageDimension>;
using Ohm = Quantity<struct ResistanceDimension>;
using Second = Quantity<struct TimeDimension>;
using Coulomb = Quantity<struct ChargeDimension>;
using Watt = Quantity<struct PowerDimension>;
using Joule = Quantity<struct EnergyDimension>;

constexpr Watt operator*(Volt v, Ampere i) { return {v.value * i.value}; }
constexpr Coulomb operator*(Ampere i, Second t) { return {i.value * t.value}; }
constexpr Joule operator*(Volt v, Coulomb q) { return {v.value * q.value}; }
constexpr Joule operator*(Watt p, Second t) { return {p.value * t.value}; }
constexpr Watt operator/(Joule e, Second t) { return {e.value / t.value}; }
constexpr Ampere operator/(Coulomb q, Second t) { return {q.value / t.value}; }

}  // namespace jr
