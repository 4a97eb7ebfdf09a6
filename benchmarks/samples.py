"""The documented calls that the load is made of."""

from dataclasses import dataclass, field

BASIC = {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
HEADER_PAIR = {"Auth-username": "Aladdin", "Auth-password": "open sesame"}
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
XML = {"Content-Type": "application/xml", "Accept": "application/xml"}

OMNICHAT = "/omnichat/1/applications/0F3C3F29829FAB88714BA205BEC6D28F/integrations/FACEBOOK"
OMNI = "/omni/1/text"


@dataclass(frozen=True)
class Sample:
    """One call, and the least share of the bare server's requests/s it shall reach."""

    name: str
    path: str
    headers: dict[str, str]
    body: str
    least_ratio: float | None = field(default=None, kw_only=True)


def omni(*recipients: str) -> Sample:
    """An OMNI text to these phone numbers, as short as the document allows."""
    destinations = ",".join(f'{{"to":{{"phoneNumber":"{number}"}}}}' for number in recipients)
    body = f'{{"destinations":[{destinations}],"text":"A long time ago"}}'
    return Sample("omni", OMNI, BASIC | JSON, body)


def buttons(count: int) -> Sample:
    """An omnichat message with so many buttons; three are allowed."""
    listed = ",".join(['{"type":"POSTBACK","text":"Yes","payload":"userId:abc123"}'] * count)
    body = f'{{"to":"37512FEC","message":{{"type":"BUTTONS","text":"X?","buttons":[{listed}]}}}}'
    return Sample("buttons", f"{OMNICHAT}/message", BASIC | JSON, body)


def wire(sample: Sample) -> bytes:
    """The call as it is written to a kept-alive connection."""
    body = sample.body.encode()
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(body))} | sample.headers
    lines = [f"POST {sample.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


SAMPLES = (
    Sample(
        "omni-json",
        OMNI,
        BASIC | JSON,
        """{
    "destinations":[
        {
            "to":{
              "phoneNumber": "41793026727",
              "emailAddress": "email@example.com"
            }
        }
    ],
    "text": "A long time ago in a galaxy far, far away..."
}""",
        least_ratio=0.8,
    ),
    Sample(
        "omni-xml",
        OMNI,
        BASIC | XML,
        """<request>
  <destinations>
    <destination>
      <to>
        <phoneNumber>41793026727</phoneNumber>
        <emailAddress>email@example.com</emailAddress>
      </to>
    </destination>
  </destinations>
  <text>A long time ago in a galaxy far, far away...</text>
</request>""",
        least_ratio=0.45,
    ),
    Sample(
        "omnichat-text",
        f"{OMNICHAT}/message",
        BASIC | JSON,
        """{
"to":"37512FEC78DBC1895567B09AE6D9439328C12E83BC83D449BC4A9F32F1AE3C3A",
"message": {
"type":"TEXT",
"text":"Hello, World!"
}
}""",
    ),
    Sample(
        "omnichat-buttons",
        f"{OMNICHAT}/message",
        BASIC | JSON,
        """{
"to":"37512FEC78DBC1895567B09AE6D9439328C12E83BC83D449BC4A9F32F1AE3C3A",
"message": {
"type":"BUTTONS",
"text":"Do you want to subscribe to our service X?",
"buttons": [
{
"type":"POSTBACK",
"text":"Yes",
"payload":"userId:abc123"
},
{
"type":"URL",
"text":"Learn more",
"url":"http://company.com/about-service-x"
}
]
}
}""",
        least_ratio=0.75,
    ),
    Sample(
        "omnichat-invite",
        f"{OMNICHAT}/invite",
        BASIC | JSON,
        """{
  "to":"41793026727",
  "linkPlaceholder":"<link>",
  "message":"Hello, if you'd like to hear more about Foo, follow us at <link>"
}""",
    ),
    Sample(
        "facebook-text",
        "/facebook/1/single",
        BASIC | JSON,
        """{
 "from":"8F0792F86035A9F4290821F1EE6BC06A",
 "to":"9c29bd43-054b-4cfe-a1d4-0b37812b4ed3",
 "message": {
 "type":"TEXT",
 "text":"Hello, World!"
 }
}""",
    ),
    Sample(
        "konnek-text",
        "/whatsapp/send/client1",
        HEADER_PAIR | JSON,
        """{
"id": "3c0b1912-7d5f-4c5c-9a39-2b7f6a3d1e55",
"times": 1699594688,
"timestamp": "2023-11-10T12:38:08.153726382+07:00",
"recipient": "6281234567890",
"type": "text",
"body": {
"text": "Hello, World!"
}
}""",
    ),
)
