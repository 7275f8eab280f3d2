package annotations

import (
	"fmt"
	"strings"
)

// checkContent returns an error if there is nothing to count. kept annotations
// refer to a known image and category.
func (m *merger) checkContent(kept int64) error {
	if msg := m.nothing(kept); msg != "" {
		return &EmptyError{File: m.fileNames(), Msg: msg}
	}
	return nil
}

// fileNames lists the files, of many the first.
func (m *merger) fileNames() string {
	const most = 10
	var files []string
	for i, t := range m.tallies {
		if i == most {
			files = append(files, fmt.Sprintf("%d more", len(m.tallies)-most))
			break
		}
		files = append(files, t.file)
	}
	return strings.Join(files, ", ")
}

// nothing says why there is nothing to count, "" if there is something.
func (m *merger) nothing(kept int64) string {
	say := fmt.Sprintf
	images, categories, all := len(m.ImageRows), len(m.Categories), m.Annotations
	count := func(kind Kind) int64 {
		if p := m.problems[kind]; p != nil {
			return p.Count
		}
		return 0
	}
	switch {
	case images == 0 && count(UnreadableID) > 0:
		return say("no image has an id that can be read: identifiers must be integers or texts (%d elements have none, the first at byte %d)",
			count(UnreadableID), m.problems[UnreadableID].Examples[0].Offset)
	case categories == 0 && count(BareName) > 0:
		return say(`categories is a list of %d names alone: write objects with the ids that the annotations refer to, such as {"id": 1, "name": "person"}`, count(BareName))
	case categories == 0 && images == 0 && all == 0:
		return "holds no images, annotations and categories: it is not a COCO-format annotation file"
	case all > 0 && m.nameless() == all:
		return "no annotation has a category_id that can be read: these are captions or panoptic segments; use the instances file of the dataset"
	case categories+len(m.LeftOut) == 0:
		return say("holds no categories (%d images, %d annotations): use the instances file of the dataset", images, all)
	case images == 0:
		return say("holds no images (%d categories, %d annotations): images must list what the annotations refer to; some exporters leave out images without objects", categories, all)
	case all == 0 && count(NestedAnnotations) > 0:
		return say("the annotations stand within the images (%d of %d): move them to a top-level list annotations, each with its image_id",
			count(NestedAnnotations), images)
	case all > 0 && kept+m.instancesLeftOut() == 0:
		return say("none of the %d annotations refers to a listed image and category: %s", all, m.whyUnknown(count))
	}
	return ""
}

// whyUnknown says why no annotation refers to anything.
func (m *merger) whyUnknown(count func(Kind) int64) string {
	switch {
	case count(CategoryNameAsID) > 0:
		return "category_id holds the names of categories: write their ids there"
	case count(FileNameAsID) > 0:
		return "image_id holds the file names of images: write their ids there"
	case count(CategoryShift) > 0:
		return "their category ids seem shifted by one, counted from 0 in one list and from 1 in the other"
	}
	return "image_id and category_id must be ids of the images and categories"
}

// nameless returns how many annotations have no category_id.
func (m *merger) nameless() (n int64) {
	for _, t := range m.tallies {
		for _, p := range t.parts {
			n += p.nameless
		}
	}
	return n
}
