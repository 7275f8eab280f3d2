// Package names tells which names of classes may be meant for the same: written
// in another way, mistyped, or shortened.
package names

import (
	"slices"
	"strings"
	"unicode"
)

// Same reports whether two different names are the same but for capitals, what
// stands between the words, and a plural s: "Traffic-Light", "traffic lights".
func Same(a, b string) bool { return a != b && Key(a) == Key(b) }

// Key is what names have in common that are Same.
func Key(name string) string {
	words := split(name)
	for i, w := range words {
		if s := strings.TrimSuffix(w, "s"); len(s) >= 3 && !strings.HasSuffix(s, "s") {
			words[i] = s
		}
	}
	return strings.Join(words, "")
}

// Typo reports whether two names differ in one word of at least five letters,
// by one letter that is missing or in its neighbour's place. Words with another
// letter are mostly other words, "crate" and "grape", and so are those with
// digits, "speed-30" and "speed-80".
func Typo(a, b string) bool {
	x, y := split(a), split(b)
	if len(x) != len(y) {
		return false
	}
	differ := 0
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		if differ++; differ > 1 || !typed(x[i]) || !typed(y[i]) || !slip(x[i], y[i]) {
			return false
		}
	}
	return differ == 1
}

// slip reports whether a letter is missing in one of the words, or two
// neighbours are swapped.
func slip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	slices.Sort(x)
	slices.Sort(y)
	return (len(x) != len(y) || slices.Equal(x, y)) && Distance(a, b, 1) == 1
}

// typed reports whether a mistyped letter shows in a word.
func typed(word string) bool {
	const least = 5
	return letters(word) >= least && !strings.ContainsFunc(word, unicode.IsDigit)
}

// Shortened returns what names have in common of which one is a Typo of the
// other: the words, and all that is left of them without one letter.
func Shortened(name string) []string {
	words := split(name)
	all := []string{strings.Join(words, " ")}
	for i, w := range words {
		if !typed(w) {
			continue
		}
		runes := []rune(w)
		for at := range runes {
			words[i] = string(runes[:at]) + string(runes[at+1:])
			all = append(all, strings.Join(words, " "))
		}
		words[i] = w
	}
	return all
}

// Part reports whether the words of the shorter name are among those of the
// other: "bishop", "black-bishop".
func Part(a, b string) bool {
	x, y := split(a), split(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	return len(x) > 0 && len(x) < len(y) && !slices.ContainsFunc(x, func(w string) bool { return !slices.Contains(y, w) })
}

// Near reports whether one of the names may be meant for the other: they are
// Same, one is a Part of the other, or at most a third of the letters differ.
func Near(a, b string) bool {
	x, y := strings.Join(split(a), ""), strings.Join(split(b), "")
	allowed := max(letters(x), letters(y)) / 3
	return Key(a) == Key(b) || Part(a, b) || Distance(x, y, allowed) <= allowed
}

// split returns the words of a name in small letters.
func split(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func letters(s string) int { return len([]rune(s)) }

// Distance returns how many letters must be put in, taken out, changed or
// swapped with their neighbour to make b of a (optimal string alignment; R. A.
// Wagner and M. J. Fischer, J. ACM 21, 1974, with F. J. Damerau's swap). What
// exceeds most may be any number above it.
func Distance(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > most || len(y)-len(x) > most {
		return most + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			change := last[j]
			if x[i] != y[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
