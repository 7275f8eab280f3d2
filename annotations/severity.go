package annotations

import "fmt"

// Severity says how much a problem matters.
type Severity uint8

// The severities, ascending.
const (
	Note    Severity = iota + 1 // harmless, worth knowing
	Warning                     // counted, but suspicious, or trouble for other programs
	Error                       // contradictory, or lost for the counts
)

// String returns "note", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// MarshalText makes JSON of a severity the text of String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Severity returns how much the kind of problem matters; the table at Kind
// gives the reasons. A kind that is not listed there is a Warning.
func (k Kind) Severity() Severity {
	switch k {
	case UnknownImage, UnknownCategory, UnreadableID, NotAnObject, UnreadableField,
		DuplicateID, DuplicateImage, ImageSizes, DuplicateList,
		NoCategory, CategoryNameAsID, FileNameAsID, CategoryShift, NestedAnnotations, BareName, RotatedBox, UnreadableArea, UnreadableFile,
		LabelWithoutImage, UnreadableImage, UnreadableLine, CoordinateRange:
		return Error
	case ResultUnknownImage, ResultUnknownCategory, ResultNoBox, ResultNoScore:
		return Error
	case StringID, TextID, NoArea, ImageLabel, UnlabelledImage, DeclaredCounts, EmptyCategory, UnannotatedImage, FourPoints, LinkOutside, LinkAgain, ResultNoImage, ResultNoClass:
		return Note
	}
	return Warning
}

// Worst returns the highest severity among the problems, 0 if there are none.
func Worst(problems []Problem) Severity {
	var worst Severity
	for _, p := range problems {
		worst = max(worst, p.Kind.Severity())
	}
	return worst
}
