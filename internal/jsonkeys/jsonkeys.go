// Package jsonkeys reads JSON whose keys were called otherwise before.
package jsonkeys

import "encoding/json"

// Unmarshal is json.Unmarshal of an object into a pointer to a struct, some of whose
// members may have the names of before: now[before] is the name of today, which wins
// where both are there. Names that differ in capitals alone need no mention.
func Unmarshal(text []byte, into any, now map[string]string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	renamed := false
	for before, today := range now {
		value, has := members[before]
		if _, both := members[today]; !has || both {
			continue
		}
		members[today], renamed = value, true
		delete(members, before)
	}
	if renamed {
		var err error
		if text, err = json.Marshal(members); err != nil {
			return err
		}
	}
	return json.Unmarshal(text, into)
}
