// Units as types: a bare double never crosses an interface without saying what it measures.
// SI only; microjoules exist where a person reads, nowhere else.
#pragma once

#include <compare>

namespace jr {

/// An amount of a physical quantity, in its SI unit. Adds and compares with its own kind only.
template <class Dimension>
struct Amount {
  double value{};

  constexpr auto operator<=>(const Amount&) const = default;
  constexpr Amount operator-() const { return {-value}; }
  constexpr Amount& operator+=(Amount other) { value += other.value; return *this; }
  constexpr Amount& operator-=(Amount other) { value -= other.value; return *this; }
};

template <class D>
constexpr Amount<D> operator+(Amount<D> a, Amount<D> b) { return {a.value + b.value}; }
template <class D>
constexpr Amount<D> operator-(Amount<D> a, Amount<D> b) { return {a.value - b.value}; }
template <class D>
constexpr Amount<D> operator*(double k, Amount<D> a) { return {k * a.value}; }
template <class D>
constexpr Amount<D> operator*(Amount<D> a, double k) { return {a.value * k}; }
template <class D>
constexpr Amount<D> operator/(Amount<D> a, double k) { return {a.value / k}; }
template <class D>
constexpr double operator/(Amount<D> a, Amount<D> b) { return a.value / b.value; }

using Ampere = Amount<struct CurrentDimension>;
using Volt = Amount<struct VoltageDimension>;
using Ohm = Amount<struct ResistanceDimension>;
using Second = Amount<struct TimeDimension>;
using Coulomb = Amount<struct ChargeDimension>;
using Watt = Amount<struct PowerDimension>;
using Joule = Amount<struct EnergyDimension>;

constexpr Watt operator*(Volt v, Ampere i) { return {v.value * i.value}; }
constexpr Coulomb operator*(Ampere i, Second t) { return {i.value * t.value}; }
constexpr Joule operator*(Volt v, Coulomb q) { return {v.value * q.value}; }
constexpr Joule operator*(Watt p, Second t) { return {p.value * t.value}; }
constexpr Watt operator/(Joule e, Second t) { return {e.value / t.value}; }
constexpr Ampere operator/(Coulomb q, Second t) { return {q.value / t.value}; }

}  // namespace jr
