# Who may draw on the federation's half, and how much: asked by policy `http` at http://127.0.0.1:8181/v1/data/broker/authz.
package broker.authz

import rego.v1

default allow := false

allow if {
	is_member
	count(deny) == 0
}

is_member if {
	some group in input.requester.groups
	group in data.broker.members
}

deny contains "your project is suspended" if {
	some group in input.requester.groups
	group in data.broker.suspended
}

deny contains "images of this registry are not trusted" if {
	some image in input.request.images
	not startswith(image, "registry.example.org/")
}

# What one session may draw from this share; the rest of a bigger request comes from other shares, or it is refused.
default most_cores := 500

most_cores := 1000 if "operations" in input.requester.groups

limits := {"cores": most_cores}

warn contains "this share is for the federation: results are public after a year" if allow
