document-limit = { $limit ->
    [bytes] 문서는 { $most }바이트 이하여야 합니다. 값은 변수로 보내 주십시오.
    [tokens] 문서의 토큰은 { $most }개 이하여야 합니다. 한 번에 요청하는 양을 줄여 주십시오.
    [nesting] 괄호는 { $most }단계까지 중첩할 수 있습니다. 한 번에 요청하는 양을 줄여 주십시오.
    [definitions] 한 문서의 작업과 프래그먼트는 모두 { $most }개 이하여야 합니다. 필요한 것만 보내 주십시오.
    [spreads] 한 문서에서 프래그먼트는 { $most }번까지 펼칠 수 있습니다.
    [directives] 한 문서의 지시어는 { $most }개 이하여야 합니다.
    [name-length] 이름은 { $most }자 이하여야 합니다.
    [aliases] 별칭은 { $most }개까지 사용할 수 있습니다. 한 번에 요청하는 양을 줄여 주십시오.
    [selections] 프래그먼트를 모두 펼친 필드는 { $most }개 이하여야 합니다. 한 번에 요청하는 양을 줄여 주십시오.
    [levels] 선택 집합은 프래그먼트를 포함해 { $most }단계까지 중첩할 수 있습니다. 한 번에 요청하는 양을 줄여 주십시오.
    [text-characters] 텍스트는 { $most }자 이하여야 합니다.
   *[list-values] 입력 목록의 값은 { $most }개 이하여야 합니다. 나머지는 따로 보내 주십시오.
}
document-cycle = 프래그먼트 { PARTICLE($fragment, "이", "가") } 자기 자신을 포함합니다. 해당 부분을 빼 주십시오.
answer-too-large = 응답이 { $most }바이트를 넘습니다. 목록이나 필드를 줄여 주십시오.
document-variable = { $what }의 형식이 { $type }에 맞지 않습니다. 해당 형식의 값을 보내 주십시오.
character-forbidden = 글에 제어 문자나 쓰기 방향을 바꾸는 문자가 있습니다. 해당 문자를 빼 주십시오.
